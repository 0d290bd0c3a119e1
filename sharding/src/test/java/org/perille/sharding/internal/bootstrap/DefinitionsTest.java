package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.Subscription;
import org.perille.Topic;

class DefinitionsTest {
  record Order(String key) implements PerilleMessage {}

  record Invoice(String key) implements PerilleMessage {}

  private static final Topic<Order> ORDERS = Topic.of("orders", Order.class).keyedBy(Order::key);
  private static final Topic<Invoice> INVOICES =
      Topic.of("invoices", Invoice.class).keyedBy(Invoice::key);
  private static final Subscription<Order> MAIL =
      Subscription.of("mail", ORDERS).atLeastOnce(delivery -> {});

  private final Definitions known = Definitions.NONE.with(Definitions.NONE.added(MAIL));

  @Test
  void a_subscription_brings_its_topic() {
    assertThat(known.topics()).containsOnlyKeys("orders");
    assertThat(known.subscriptions()).containsOnlyKeys("orders/mail");
    assertThat(Definitions.NONE.added(known.all())).isEqualTo(known);
  }

  @Test
  void only_new_definitions_are_added_to_known_ones() {
    Definitions added = known.added(ORDERS, INVOICES);
    assertThat(added.topics()).containsOnlyKeys("invoices");
    assertThat(known.with(added).topics()).containsOnlyKeys("orders", "invoices");
  }

  @Test
  void definitions_that_contradict_each_other_are_refused() {
    assertThatThrownBy(() -> known.added(MAIL))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("two subscriptions of topic 'orders' are called 'mail'");
    assertThatThrownBy(() -> known.added(ORDERS.withPartitions(3)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("topic 'orders' is defined twice");
    assertThatThrownBy(() -> Definitions.NONE.added(MAIL, MAIL))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void a_publisher_needs_its_topic_as_it_is_defined() {
    known.require(ORDERS);
    assertThatThrownBy(() -> known.require(INVOICES))
        .isInstanceOf(PublishRefusedException.class)
        .hasMessageContaining("isn't registered");
    assertThatThrownBy(() -> known.require(ORDERS.withPartitions(3)))
        .isInstanceOf(PublishRefusedException.class)
        .hasMessageContaining("with a different definition");
  }
}
