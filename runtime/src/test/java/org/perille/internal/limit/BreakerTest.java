package org.perille.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.perille.CircuitBreaker;
import org.perille.internal.limit.Breaker.Change;

class BreakerTest {
  private static final long PROBE_AFTER = Duration.ofSeconds(3).toNanos();

  private final Breaker breaker =
      new Breaker(CircuitBreaker.of(0.7, 10, Duration.ofNanos(PROBE_AFTER)));

  private Change handle(int succeeded, int failed, long now) {
    return breaker.end(breaker.begin(now), succeeded, failed, now);
  }

  private void open(long now) {
    assertThat(handle(0, 10, now)).isEqualTo(Change.OPENED);
  }

  @Test
  void it_opens_when_the_window_is_full_and_the_share_of_failures_is_reached() {
    assertThat(handle(3, 6, 0)).isEqualTo(Change.NONE);
    assertThat(breaker.room(0)).isEqualTo(Integer.MAX_VALUE);
    assertThat(handle(0, 1, 0)).isEqualTo(Change.OPENED);
    assertThat(breaker.room(0)).isZero();
    assertThat(breaker.describe(0)).contains("7 of 10", "PT3S");
  }

  @Test
  void only_the_latest_attempts_count() {
    handle(0, 6, 0);
    handle(10, 0, 0);
    assertThat(handle(0, 6, 0)).isEqualTo(Change.NONE);
    assertThat(handle(0, 1, 0)).isEqualTo(Change.OPENED);
  }

  @Test
  void nothing_is_let_through_until_a_probe_is_due_and_then_one_message() {
    open(0);
    assertThat(breaker.nanosUntilRoom(PROBE_AFTER - 1)).isEqualTo(1);
    assertThat(breaker.room(PROBE_AFTER - 1)).isZero();
    assertThatThrownBy(() -> breaker.begin(PROBE_AFTER - 1))
        .isInstanceOf(IllegalStateException.class);
    assertThat(breaker.room(PROBE_AFTER)).isEqualTo(1);
    breaker.begin(PROBE_AFTER);
    assertThat(breaker.room(PROBE_AFTER)).isZero();
    assertThat(breaker.nanosUntilRoom(PROBE_AFTER)).isEqualTo(Long.MAX_VALUE);
    assertThat(breaker.describe(PROBE_AFTER)).contains("half open", "10 of 10");
  }

  @Test
  void a_probe_that_succeeds_closes_it_with_an_empty_window() {
    open(0);
    assertThat(handle(1, 0, PROBE_AFTER)).isEqualTo(Change.CLOSED);
    assertThat(handle(0, 9, PROBE_AFTER)).isEqualTo(Change.NONE);
    assertThat(handle(0, 1, PROBE_AFTER)).isEqualTo(Change.OPENED);
  }

  @Test
  void a_probe_that_fails_opens_it_for_as_long_again() {
    open(0);
    handle(0, 1, PROBE_AFTER);
    assertThat(breaker.room(2 * PROBE_AFTER - 1)).isZero();
    assertThat(breaker.room(2 * PROBE_AFTER)).isEqualTo(1);
  }

  @Test
  void a_probe_without_an_outcome_lets_another_one_through() {
    open(0);
    assertThat(handle(0, 0, PROBE_AFTER)).isEqualTo(Change.NONE);
    assertThat(breaker.room(PROBE_AFTER)).isEqualTo(1);
    assertThat(handle(1, 0, PROBE_AFTER)).isEqualTo(Change.CLOSED);
  }

  @Test
  void what_began_before_it_opened_neither_closes_it_nor_counts_afterwards() {
    long success = breaker.begin(0);
    long failure = breaker.begin(0);
    long late = breaker.begin(0);
    open(0);
    assertThat(breaker.end(success, 1, 0, 0)).isEqualTo(Change.NONE);
    assertThat(breaker.room(0)).isZero();
    long probe = breaker.begin(PROBE_AFTER);
    assertThat(breaker.end(failure, 0, 1, PROBE_AFTER)).isEqualTo(Change.NONE);
    assertThat(breaker.end(probe, 1, 0, PROBE_AFTER)).isEqualTo(Change.CLOSED);
    breaker.end(late, 0, 10, PROBE_AFTER);
    assertThat(breaker.room(PROBE_AFTER)).isEqualTo(Integer.MAX_VALUE);
  }
}
