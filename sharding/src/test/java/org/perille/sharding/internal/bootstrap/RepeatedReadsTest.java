package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.NotSerializableException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.StorageException;
import org.slf4j.LoggerFactory;

class RepeatedReadsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(RepeatedReads.class);
  private final List<Duration> pauses = new ArrayList<>();
  private long now = 5;
  private int attempts;

  private final RepeatedReads reads = new RepeatedReads(TIMEOUT, () -> now, this::pause);

  private void pause(Duration pause) {
    pauses.add(pause);
    now += pause.toNanos();
  }

  /** Reads from a source whose attempts have these results. */
  private String read(IntFunction<CompletionStage<String>> source) {
    return reads.of(() -> source.apply(++attempts));
  }

  private static CompletionStage<String> broken(Exception cause) {
    return CompletableFuture.failedFuture(cause);
  }

  private static SQLException brokenConnection(int attempt) {
    return new SQLException("connection " + attempt + " is broken", "08006");
  }

  private List<String> logged(Level level) {
    return log.list.stream()
        .filter(event -> event.getLevel().equals(level))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @BeforeEach
  void watchLog() {
    log.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
  }

  @AfterEach
  void stopLog() {
    logger.detachAppender(log);
    logger.setLevel(null);
  }

  @Test
  void a_read_that_succeeds_is_not_repeated() {
    assertThat(read(attempt -> CompletableFuture.completedFuture("read"))).isEqualTo("read");
    assertThat(attempts).isEqualTo(1);
    assertThat(pauses).isEmpty();
    assertThat(log.list).isEmpty();
  }

  @Test
  void a_broken_connection_delays_a_start_and_one_warning_says_why() {
    String read =
        read(
            attempt ->
                attempt < 5
                    ? broken(brokenConnection(attempt))
                    : CompletableFuture.completedFuture("read"));
    assertThat(read).isEqualTo("read");
    assertThat(pauses).hasSize(4).allMatch(RepeatedReads.PAUSE::equals);
    assertThat(logged(Level.WARN))
        .singleElement()
        .asString()
        .contains("connection 1 is broken", "tries again", "start-timeout of PT1M");
    assertThat(logged(Level.INFO)).containsExactly("The journal was read at attempt 5");
  }

  @Test
  void further_reads_that_fail_do_not_repeat_the_warning() {
    IntFunction<CompletionStage<String>> everySecond =
        attempt ->
            attempt % 2 == 1
                ? broken(brokenConnection(attempt))
                : CompletableFuture.completedFuture("read");
    read(everySecond);
    read(everySecond);
    assertThat(logged(Level.WARN)).hasSize(1);
  }

  @Test
  void a_database_that_stays_away_fails_the_start_in_time_with_the_last_cause() {
    assertThatThrownBy(() -> read(attempt -> broken(brokenConnection(attempt))))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("start-timeout of PT1M")
        .hasMessageContaining("in 120 attempts")
        .hasMessageContaining("connection 120 is broken")
        .hasRootCauseInstanceOf(SQLException.class);
    assertThat(attempts).isEqualTo(120);
    assertThat(now).isLessThanOrEqualTo(5 + TIMEOUT.toNanos());
    assertThat(logged(Level.WARN)).hasSize(1);
  }

  @Test
  void all_reads_of_a_start_share_its_time() {
    read(
        attempt ->
            attempt < 100
                ? broken(brokenConnection(attempt))
                : CompletableFuture.completedFuture("read"));
    assertThatThrownBy(() -> read(attempt -> broken(brokenConnection(attempt))))
        .hasMessageContaining("in 21 attempts");
  }

  @ParameterizedTest
  @ValueSource(strings = {"28P01", "3D000", "42P01"})
  void a_failure_that_no_repetition_cures_is_thrown_at_once(String state) {
    SQLException permanent = new SQLException("planned", state);
    assertThatThrownBy(
            () -> read(attempt -> broken(new IllegalStateException("wrapped", permanent))))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("the journal can't be read: ")
        .hasMessageContaining("planned")
        .message()
        .doesNotContain("start-timeout");
    assertThat(attempts).isEqualTo(1);
    assertThat(log.list).isEmpty();
  }

  @Test
  void an_event_that_can_not_be_read_is_not_read_again() {
    assertThatThrownBy(() -> read(attempt -> broken(new NotSerializableException("planned"))))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("the journal can't be read: ");
    assertThat(attempts).isEqualTo(1);
  }

  @Test
  void a_read_without_an_answer_ends_with_the_time_of_the_start() {
    now += TIMEOUT.toNanos();
    assertThatThrownBy(() -> read(attempt -> new CompletableFuture<>()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("it hasn't answered");
  }

  @Test
  void an_interrupt_ends_the_repetitions_and_is_kept() {
    RepeatedReads interrupted =
        new RepeatedReads(
            TIMEOUT,
            () -> now,
            pause -> {
              throw new InterruptedException("planned");
            });
    assertThatThrownBy(() -> interrupted.of(() -> broken(brokenConnection(1))))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }
}
