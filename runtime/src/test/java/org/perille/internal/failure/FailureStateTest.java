package org.perille.internal.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.DeadLetter;
import org.perille.OnExhausted;
import org.perille.internal.failure.FailureEvent.Cause;
import org.perille.internal.failure.FailureEvent.Position;

class FailureStateTest {
  private static final Position MESSAGE = new Position("key", 7, 3);
  private static final long DAYS = Duration.ofDays(4).toMillis();
  private static final long NOW = 10 * DAYS;

  private final FailureState failures = new FailureState();

  private void failAt(long millis) {
    failures.apply(new FailureEvent.Deferred(MESSAGE, 0, true));
    failures.apply(new FailureEvent.Failed(MESSAGE, Cause.NONE, millis, millis + 1_000));
  }

  private static List<String> due(FailureState state, long nowMillis) {
    List<String> groups = new ArrayList<>();
    state.deferred().dueAt(nowMillis).forEach(groups::add);
    return groups;
  }

  @Test
  void a_failed_message_waits_for_its_backoff() {
    failAt(NOW);
    assertThat(due(failures, NOW + 999)).isEmpty();
    assertThat(failures.deferred().next("key", NOW + 999, 10)).isEmpty();
    assertThat(failures.deferred().nextDueAfter(NOW + 999)).hasValue(NOW + 1_000);
    assertThat(due(failures, NOW + 1_000)).containsExactly("key");
    assertThat(failures.deferred().next("key", NOW + 1_000, 10)).hasSize(1);
  }

  @Test
  void a_message_that_failed_under_a_clock_days_ahead_does_not_wait_for_days() {
    failAt(NOW + DAYS);
    assertThat(due(failures, NOW)).containsExactly("key");
    assertThat(failures.deferred().next("key", NOW, 10)).hasSize(1);
    FailureState restored = FailureState.restore(failures.snapshot());
    assertThat(due(restored, NOW)).containsExactly("key");
  }

  @Test
  void a_message_does_not_wait_for_a_clock_that_was_set_back_by_days() {
    failAt(NOW);
    assertThat(due(failures, NOW - DAYS)).containsExactly("key");
  }

  @Test
  void a_message_that_failed_on_a_node_whose_clock_is_a_little_ahead_waits_for_its_backoff() {
    failAt(NOW + 30_000);
    assertThat(due(failures, NOW)).isEmpty();
  }

  @ParameterizedTest(name = "counted: {0}")
  @ValueSource(booleans = {true, false})
  void a_message_that_was_interrupted_under_a_clock_days_ahead_does_not_wait_for_days(
      boolean counted) {
    failures.apply(new FailureEvent.Interrupted(MESSAGE, counted, NOW + DAYS, NOW + DAYS + 1_000));
    assertThat(due(failures, NOW)).containsExactly("key");
    assertThat(failures.deferred().next("key", NOW, 10)).hasSize(1);
    FailureState restored = FailureState.restore(failures.snapshot());
    assertThat(due(restored, NOW)).containsExactly("key");
    assertThat(due(failures, NOW + DAYS)).isEmpty();
    assertThat(due(failures, NOW + DAYS + 1_000)).containsExactly("key");
  }

  @Test
  void a_dead_letter_that_was_redriven_under_a_clock_days_ahead_does_not_wait_for_days() {
    failures.apply(
        new FailureEvent.GivenUp(
            MESSAGE,
            DeadLetter.Reason.ATTEMPTS_EXHAUSTED,
            Cause.NONE,
            3,
            NOW - 2_000,
            NOW - 1_000,
            OnExhausted.CONTINUE));
    failures.apply(new FailureEvent.Redriven("request", List.of(7L), NOW + DAYS));
    assertThat(due(failures, NOW)).containsExactly("key");
    assertThat(failures.deferred().next("key", NOW, 10)).hasSize(1);
  }

  @Test
  void a_message_that_must_not_be_handled_before_a_time_waits_for_it_by_any_clock() {
    failures.apply(new FailureEvent.Deferred(MESSAGE, NOW + DAYS, false));
    assertThat(due(failures, NOW)).isEmpty();
    assertThat(failures.deferred().next("key", NOW, 10)).isEmpty();
    // Its handler may have begun, and was interrupted before anything was recorded.
    failures.apply(new FailureEvent.Interrupted(MESSAGE, false, 0, NOW + DAYS));
    assertThat(due(failures, NOW)).isEmpty();
    assertThat(failures.deferred().next("key", NOW, 10)).isEmpty();
  }

  @Test
  void a_message_that_was_retried_with_success_is_due_no_more() {
    failAt(NOW + DAYS);
    failures.apply(new FailureEvent.Begun("key", List.of(7L)));
    failures.apply(new FailureEvent.Resolved("key", 7));
    assertThat(due(failures, NOW)).isEmpty();
    assertThat(failures.deferred().nextDueAfter(NOW)).isEmpty();
  }
}
