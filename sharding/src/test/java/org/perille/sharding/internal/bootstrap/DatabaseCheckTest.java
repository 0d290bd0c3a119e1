package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.perille.StorageException;

class DatabaseCheckTest {
  private final AtomicLong now = new AtomicLong();

  @Test
  void a_database_that_fails_is_a_problem_until_it_answers() {
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    try (DatabaseCheck check =
        new DatabaseCheck(
            () -> {
              if (failure.get() != null) {
                throw failure.get();
              }
            },
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
            },
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
}
