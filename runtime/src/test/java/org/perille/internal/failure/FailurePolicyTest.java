package org.perille.internal.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.Nack;
import org.perille.OnExhausted;
import org.perille.OnExpired;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;

class FailurePolicyTest {
  private static final long NOW = 1_000_000;
  private final RuntimeException planned = new IllegalStateException("planned");
  private static final Topic<String> TOPIC = Topic.of("topic", String.class).keyedBy(text -> text);
  private static final Subscription<String> SUBSCRIPTION =
      Subscription.of("subscription", TOPIC)
          .atLeastOnce(delivery -> {})
          .withRetries(RetryPolicy.fixed(Duration.ofSeconds(8)).withMaxAttempts(3))
          .onExhausted(OnExhausted.PARK_KEY);

  private static FailurePolicy.Decision decide(
      Subscription<?> subscription, Throwable failure, int attempts) {
    return new FailurePolicy(subscription).decide(failure, attempts, NOW, NOW, 0);
  }

  @Test
  void an_attempt_that_fails_is_followed_by_another_one_until_there_were_as_many_as_allowed() {
    assertThat(decide(SUBSCRIPTION, planned, 2)).isInstanceOf(FailurePolicy.Retry.class);
    assertThat(decide(SUBSCRIPTION, planned, 3))
        .isEqualTo(
            new FailurePolicy.GiveUp(DeadLetter.Reason.ATTEMPTS_EXHAUSTED, OnExhausted.PARK_KEY));
  }

  @Test
  void a_retry_is_not_earlier_than_its_delay_and_later_by_an_eighth_at_most() {
    long due = ((FailurePolicy.Retry) decide(SUBSCRIPTION, planned, 1)).dueMillis();
    assertThat(due).isBetween(NOW + 8_000, NOW + 9_000);
  }

  @Test
  void a_handler_may_choose_when_its_message_comes_again() {
    Nack nack = Nack.retryAfter(Duration.ofMinutes(5), "planned");
    long due = ((FailurePolicy.Retry) decide(SUBSCRIPTION, nack, 1)).dueMillis();
    assertThat(due).isBetween(NOW + 300_000, NOW + 300_128);
  }

  @Test
  void a_message_that_would_be_too_old_at_its_next_attempt_becomes_a_dead_letter() {
    Subscription<String> aging =
        SUBSCRIPTION.withRetries(
            RetryPolicy.fixed(Duration.ofSeconds(8)).withMaxAge(Duration.ofSeconds(5)));
    assertThat(decide(aging, planned, 1))
        .isEqualTo(new FailurePolicy.GiveUp(DeadLetter.Reason.TOO_OLD, OnExhausted.PARK_KEY));
  }

  @Test
  void a_permanent_error_is_not_tried_again() {
    Subscription<String> permanent =
        SUBSCRIPTION.withRetries(
            RetryPolicy.fixed(Duration.ofSeconds(8)).givingUpOn(IllegalStateException.class));
    assertThat(decide(permanent, planned, 1))
        .isEqualTo(new FailurePolicy.GiveUp(DeadLetter.Reason.PERMANENT, OnExhausted.PARK_KEY));
  }

  @Test
  void an_expired_message_becomes_a_dead_letter_unless_it_is_to_be_skipped() {
    ExpiredException expired = new ExpiredException("planned");
    assertThat(decide(SUBSCRIPTION, expired, 1))
        .isEqualTo(new FailurePolicy.GiveUp(DeadLetter.Reason.EXPIRED, OnExhausted.CONTINUE));
    assertThat(decide(SUBSCRIPTION.onExpired(OnExpired.DROP), expired, 1))
        .isEqualTo(new FailurePolicy.Drop());
  }

  @Test
  void at_most_once_there_is_no_second_attempt_and_ephemeral_no_dead_letter() {
    Subscription.Draft<String> draft = Subscription.of("subscription", TOPIC);
    assertThat(decide(draft.atMostOnce(delivery -> {}), planned, 1))
        .isEqualTo(
            new FailurePolicy.GiveUp(DeadLetter.Reason.NO_SECOND_ATTEMPT, OnExhausted.CONTINUE));
    assertThat(decide(draft.ephemeral(delivery -> {}), planned, 1))
        .isEqualTo(new FailurePolicy.Drop());
  }

  @Test
  void what_the_policy_of_an_application_throws_makes_no_error_permanent() {
    Subscription<String> faulty =
        SUBSCRIPTION.withRetries(
            RetryPolicy.fixed(Duration.ofSeconds(8))
                .givingUpWhen(
                    error -> {
                      throw new IllegalArgumentException("planned");
                    }));
    assertThat(decide(faulty, planned, 1)).isInstanceOf(FailurePolicy.Retry.class);
  }
}
