package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.perille.StorageException;
import org.perille.internal.NodeProblems;

class DatabaseCheckTest {
  private final AtomicLong now = new AtomicLong();
  private final NodeProblems problems = new NodeProblems();
  private final AtomicReference<Instant> ownTime = new AtomicReference<>(Instant.EPOCH);
  private final ClockCheck clocks =
      new ClockCheck(
          new Clock() {
            @Override
            public Instant instant() {
              return ownTime.get();
            }

            @Override
            public ZoneId getZone() {
              return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
              return this;
            }
          },
          problems,
          Duration.ofMinutes(1));

  @Test
  void a_database_that_fails_is_a_problem_until_it_answers() {
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    try (DatabaseCheck check =
        new DatabaseCheck(
            () -> {
              if (failure.get() != null) {
                throw failure.get();
              }
              return Optional.empty();
            },
            clocks,
            now::get)) {
      assertThat(check.problem()).isEmpty();
      failure.set(new StorageException("planned", null));
      check.ask();
      assertThat(check.problem()).contains("planned");
      failure.set(null);
      check.ask();
      assertThat(check.problem()).isEmpty();
    }
  }

  @Test
  void a_database_that_does_not_answer_is_a_problem_although_nothing_has_failed() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    try (DatabaseCheck check =
        new DatabaseCheck(
            () -> {
              asked.countDown();
              try {
                answer.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return Optional.empty();
            },
            clocks,
            now::get)) {
      Thread asking = new Thread(check::ask);
      asking.start();
      asked.await();
      assertThat(check.problem()).isEmpty();
      now.addAndGet(DatabaseCheck.TIMEOUT.plusSeconds(1).toNanos());
      assertThat(check.problem()).contains("the database has not answered for 16 s");
      answer.countDown();
      asking.join();
      assertThat(check.problem()).isEmpty();
    }
  }

  @Test
  void a_clock_that_is_minutes_off_is_a_problem_until_it_is_corrected() {
    Instant database = Instant.EPOCH;
    try (DatabaseCheck check = new DatabaseCheck(() -> Optional.of(database), clocks, now::get)) {
      ownTime.set(database.plus(ClockCheck.LIMIT));
      check.ask();
      assertThat(problems.list()).isEmpty();
      ownTime.set(database.plusSeconds(180));
      check.ask();
      assertThat(problems.list())
          .singleElement()
          .satisfies(
              problem -> {
                assertThat(problem.subject()).isEqualTo(ClockCheck.SUBJECT);
                assertThat(problem.text()).contains("is 180 s ahead of the database's", "NTP");
              });
      // The node remains ready: the database answers.
      assertThat(check.problem()).isEmpty();
      ownTime.set(database.minusSeconds(60));
      check.ask();
      assertThat(problems.list().get(0).text()).contains("is 60 s behind the database's");
      ownTime.set(database);
      check.ask();
      assertThat(problems.list()).isEmpty();
    }
  }

  @Test
  void a_slow_answer_of_the_database_is_no_problem_of_the_clock() {
    Instant before = Instant.EPOCH;
    Instant after = before.plusSeconds(30);
    assertThat(ClockCheck.problem(before, before, after)).isEmpty();
    assertThat(ClockCheck.problem(before, after, after)).isEmpty();
    assertThat(ClockCheck.problem(before, after.plusSeconds(6), after)).isPresent();
  }
}
