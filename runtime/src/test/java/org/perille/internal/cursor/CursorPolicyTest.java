package org.perille.internal.cursor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.internal.worker.DecidingWorker.subscription;

import org.junit.jupiter.api.Test;

class CursorPolicyTest {
  @Test
  void at_least_once_the_cursor_is_durable_after_handling_and_at_most_once_before() {
    assertThat(CursorPolicy.of(subscription().atLeastOnce(delivery -> {})))
        .isEqualTo(CursorPolicy.AFTER);
    assertThat(CursorPolicy.of(subscription().atMostOnce(delivery -> {})))
        .isEqualTo(CursorPolicy.BEFORE);
    assertThat(CursorPolicy.of(subscription().ephemeral(delivery -> {})))
        .isEqualTo(CursorPolicy.NEVER);
  }

  @Test
  void only_at_most_once_allows_no_second_attempt_and_drains_when_it_stops() {
    for (CursorPolicy policy : CursorPolicy.values()) {
      assertThat(policy.allowsSecondAttempt()).isEqualTo(policy != CursorPolicy.BEFORE);
      assertThat(policy.drainsWhenStopping()).isEqualTo(policy == CursorPolicy.BEFORE);
    }
  }

  @Test
  void attempts_are_recorded_where_a_message_may_come_again_and_a_successor_must_know() {
    assertThat(CursorPolicy.AFTER.recordsAttempts()).isTrue();
    assertThat(CursorPolicy.WITH_EFFECT.recordsAttempts()).isTrue();
    assertThat(CursorPolicy.BEFORE.recordsAttempts()).isFalse();
    assertThat(CursorPolicy.NEVER.recordsAttempts()).isFalse();
  }

  @Test
  void only_a_cursor_beside_the_effects_lets_a_reset_wait_for_handlers() {
    for (CursorPolicy policy : CursorPolicy.values()) {
      assertThat(policy.resetWaitsForHandlers()).isEqualTo(policy == CursorPolicy.WITH_EFFECT);
    }
  }
}
