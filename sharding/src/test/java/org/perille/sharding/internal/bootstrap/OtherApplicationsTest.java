package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.perille.Guarantee;
import org.perille.spi.RegisteredSubscription;
import org.perille.spi.SubscriptionKind;

class OtherApplicationsTest {
  private static final Instant NOW = Instant.EPOCH.plus(Duration.ofDays(1));
  private static final Duration SEEN_FOR = Duration.ofMinutes(5);

  private static RegisteredSubscription subscription(String topic, Duration age) {
    return new RegisteredSubscription(
        topic,
        "mail",
        "mail",
        List.of(),
        SubscriptionKind.FUNCTION,
        Guarantee.AT_LEAST_ONCE,
        Optional.empty(),
        Instant.EPOCH,
        NOW.minus(age),
        Optional.empty());
  }

  private static Optional<String> refusal(
      Set<String> topics, RegisteredSubscription... registered) {
    return OtherApplications.refusal(
        topics, Set.of("orders", "seldom handled"), List.of(registered), NOW, SEEN_FOR);
  }

  @Test
  void a_node_all_of_whose_topics_are_new_is_refused() {
    assertThat(refusal(Set.of("bills"), subscription("orders", Duration.ZERO)))
        .hasValueSatisfying(text -> assertThat(text).contains("[bills]", "[orders]"));
  }

  @Test
  void a_service_whose_topics_nobody_handles_now_is_accepted() {
    assertThat(refusal(Set.of("seldom handled"), subscription("orders", Duration.ZERO))).isEmpty();
  }

  @Test
  void a_new_version_with_one_common_topic_is_accepted() {
    assertThat(refusal(Set.of("bills", "orders"), subscription("orders", Duration.ZERO))).isEmpty();
    assertThat(
            refusal(
                Set.of("orders"),
                subscription("orders", Duration.ZERO),
                subscription("bills", Duration.ZERO)))
        .isEmpty();
  }

  @Test
  void what_has_stopped_or_was_removed_or_has_no_topics_is_no_reason() {
    assertThat(refusal(Set.of("bills"))).isEmpty();
    assertThat(refusal(Set.of("bills"), subscription("orders", SEEN_FOR))).isEmpty();
    assertThat(refusal(Set.of("bills"), subscription("orders", Duration.ZERO).removed(NOW)))
        .isEmpty();
    assertThat(refusal(Set.of(), subscription("orders", Duration.ZERO))).isEmpty();
  }
}
