package org.perille;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A definition that would promise something without a meaning is refused when it is built. */
class SubscriptionTest {
  private static final Topic<String> TOPIC = Topic.of("topic", String.class).keyedBy(text -> text);

  private static Subscription.Draft<String> draft() {
    return Subscription.of("mail", TOPIC);
  }

  private static Subscription<String> atMostOnce() {
    return draft().atMostOnce(delivery -> {});
  }

  private static Subscription<String> ephemeral() {
    return draft().ephemeral(delivery -> {});
  }

  private static Subscription<String> atLeastOnce() {
    return draft().atLeastOnce(delivery -> {});
  }

  @Test
  void at_most_once_has_no_retries() {
    assertThatThrownBy(() -> atMostOnce().withRetries(RetryPolicy.standard()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "subscription 'mail' is at-most-once, which attempts a message once and continues: remove withRetries, or use atLeastOnce");
  }

  @ParameterizedTest
  @EnumSource(OnExhausted.class)
  void at_most_once_always_continues(OnExhausted action) {
    assertThat(atMostOnce().onExhausted()).isEqualTo(OnExhausted.CONTINUE);
    assertThatThrownBy(() -> atMostOnce().onExhausted(action))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("remove onExhausted");
  }

  @Test
  void ephemeral_has_neither_retries_nor_dead_letters() {
    List.<Runnable>of(
            () -> ephemeral().withRetries(RetryPolicy.standard()),
            () -> ephemeral().onExhausted(OnExhausted.CONTINUE),
            () -> ephemeral().onExpired(OnExpired.DEAD_LETTER),
            () ->
                ephemeral().withDeadLetterTopic(Topic.of("letters", String.class).keyedBy(t -> t)))
        .forEach(
            refused ->
                assertThatThrownBy(refused::run)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("subscription 'mail' is ephemeral and has no "));
    assertThat(ephemeral().onExpired(OnExpired.DROP).onExpired()).isEqualTo(OnExpired.DROP);
  }

  @Test
  void nothing_waits_behind_a_dead_letter_of_an_unordered_subscription() {
    String remedy = "use OnExhausted.CONTINUE or STOP_PARTITION instead of PARK_KEY";
    assertThatThrownBy(() -> atLeastOnce().unordered().onExhausted(OnExhausted.PARK_KEY))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(remedy);
    assertThatThrownBy(() -> atLeastOnce().onExhausted(OnExhausted.PARK_KEY).unordered())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(remedy);
    assertThat(atLeastOnce().unordered().onExhausted(OnExhausted.STOP_PARTITION).onExhausted())
        .isEqualTo(OnExhausted.STOP_PARTITION);
  }

  @Test
  void a_key_is_parked_by_default_where_effects_are_once_and_ordered() {
    Subscription<String> once = draft().effectivelyOnce(new NoHandler());
    assertThat(once.onExhausted()).isEqualTo(OnExhausted.PARK_KEY);
    assertThat(once.unordered().onExhausted()).isEqualTo(OnExhausted.CONTINUE);
    assertThat(atLeastOnce().onExhausted()).isEqualTo(OnExhausted.CONTINUE);
  }

  /** Only its kind matters. */
  private static final class NoHandler implements org.perille.spi.TransactionalHandler<String> {
    @Override
    public void prepare(com.typesafe.config.Config config) {}

    @Override
    public Claim<String> claim(String topic, String subscription, int partition) {
      throw new IllegalStateException("nothing is claimed");
    }
  }
}
