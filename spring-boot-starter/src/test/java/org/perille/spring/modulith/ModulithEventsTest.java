package org.perille.spring.modulith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.ConfigurationException;
import org.perille.spring.modulith.ModulithApplication.Lost;
import org.perille.spring.modulith.ModulithApplication.Noted;
import org.perille.spring.modulith.ModulithApplication.OrderConfirmed;
import org.perille.spring.modulith.ModulithApplication.OrderPlaced;
import org.perille.spring.modulith.ModulithApplication.OrderWithAnotherKey;
import org.perille.spring.modulith.ModulithApplication.OrderWithKeyOfABean;
import org.perille.spring.modulith.ModulithApplication.Orders;
import org.perille.spring.modulith.ModulithApplication.Reminder;
import org.perille.spring.modulith.ModulithApplication.Seen;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Events in an application of Spring Modulith, with JPA and with Modulith's own auto-configuration
 * and registry.
 *
 * <p>The relay looks once an hour, so what is handled shows that it was notified.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModulithEventsTest {
  private ConfigurableApplicationContext context;
  private Orders orders;
  private Seen seen;
  private TransactionTemplate transaction;

  @BeforeAll
  void start() {
    context =
        new SpringApplicationBuilder(ModulithApplication.class)
            .properties(
                "spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1",
                "spring.datasource.hikari.maximum-pool-size=20",
                ModulithFilter.SETTING + "=true",
                "perille.spring.outbox=true",
                "perille.outbox.poll-interval=1h",
                "spring.main.web-application-type=none",
                "spring.main.banner-mode=off")
            .run();
    orders = context.getBean(Orders.class);
    seen = context.getBean(Seen.class);
    transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
  }

  @AfterAll
  void stop() {
    context.close();
  }

  private void awaitSeen(String... ids) {
    await()
        .atMost(Duration.ofMinutes(5))
        .untilAsserted(() -> assertThat(seen.orders).contains(ids));
  }

  /** A later message of the key has arrived, so the earlier one would have. */
  private void assertNeverSeen(String customer, String id) {
    String later = "after-" + id;
    orders.place(customer, later);
    awaitSeen(later);
    assertThat(seen.orders).doesNotContain(id);
  }

  @Test
  void an_externalized_event_is_handled_once_after_the_commit() {
    orders.place("anna", "committed");
    awaitSeen("committed");
    assertThat(orders.placed("committed")).isOne();
    orders.place("anna", "behind-it");
    awaitSeen("behind-it");
    assertThat(seen.orders).containsOnlyOnce("committed");
  }

  @Test
  void an_event_of_a_transaction_that_rolls_back_is_never_published() {
    transaction.executeWithoutResult(
        status -> {
          orders.place("bert", "rolled-back");
          status.setRollbackOnly();
        });
    assertThat(orders.placed("rolled-back")).isZero();
    assertNeverSeen("bert", "rolled-back");
  }

  @Test
  void events_of_a_key_keep_the_order_in_which_they_are_published() {
    List<String> ids = new ArrayList<>();
    transaction.executeWithoutResult(
        status -> {
          for (int i = 0; i < 20; i++) {
            ids.add("ordered-" + i);
            orders.publish(new OrderPlaced("carl", ids.get(i)));
          }
        });
    awaitSeen(ids.toArray(String[]::new));
    assertThat(seen.orders).containsSubsequence(ids);
  }

  @Test
  void an_event_precedes_those_that_other_listeners_publish_because_of_it() {
    orders.place("dora", "confirmed-1");
    awaitSeen("confirmation-of-confirmed-1");
    assertThat(seen.orders).containsSubsequence("confirmed-1", "confirmation-of-confirmed-1");
  }

  @Test
  void events_of_an_aggregate_of_spring_data_are_published_when_it_is_saved() {
    context.getBean(Carts.class).save(new Cart("saved").order("emil"));
    awaitSeen("saved");
  }

  @Test
  void without_a_target_the_topic_has_the_name_that_modulith_gives() {
    orders.publish(new Shipped("s-1"));
    await()
        .atMost(Duration.ofMinutes(5))
        .untilAsserted(() -> assertThat(seen.shipped).containsExactly("s-1"));
  }

  @Test
  void a_routing_key_that_is_the_topic_s_is_accepted_and_another_one_is_refused() {
    orders.publish(new OrderConfirmed("fritz", "same-key"));
    awaitSeen("same-key");
    assertThatThrownBy(() -> orders.publish(new OrderWithAnotherKey("fritz", "other-key")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("OrderWithAnotherKey has the routing key 'other-key'")
        .hasMessageContaining("topic 'orders' returns the key 'fritz'")
        .hasMessageContaining("keyedBy");
    assertThatThrownBy(() -> orders.publish(new OrderWithKeyOfABean("fritz", "key-of-a-bean")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'#{@keys.of(#this)}', which can't be evaluated")
        .hasMessageContaining("may be left out");
    assertNeverSeen("fritz", "other-key");
  }

  @Test
  void an_event_without_a_transaction_is_refused() {
    assertThatThrownBy(() -> context.publishEvent(new OrderPlaced("gerd", "alone")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("OrderPlaced is not externalized")
        .hasMessageContaining("topic 'orders'")
        .hasMessageContaining("no transaction of Spring is running")
        .hasMessageContaining("@Transactional");
    assertNeverSeen("gerd", "alone");
  }

  @Test
  void an_event_for_a_topic_that_is_no_bean_is_refused_with_the_topics_that_are() {
    assertThatThrownBy(() -> orders.publish(new Lost("l-1")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Lost is externalized to 'nowhere'")
        .hasMessageContaining("there are [Shipped, orders]")
        .hasMessageContaining("'perille.spring.modulith' to false");
  }

  @Test
  void an_event_of_another_type_than_the_topic_s_is_refused() {
    assertThatThrownBy(() -> orders.publish(new Reminder("r-1")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Reminder is externalized to topic 'orders'")
        .hasMessageContaining("OrderEvent")
        .hasMessageContaining("map the event");
  }

  @Test
  void externalized_events_are_not_in_the_registry_of_modulith() {
    orders.place("hans", "unregistered");
    awaitSeen("unregistered");
    assertThat(seen.callsOfTheRegistry).isEmpty();
    // An event for a transactional listener is.
    orders.publish(new Noted("n-1"));
    assertThat(seen.noted).containsExactly("n-1");
    assertThat(seen.callsOfTheRegistry).contains("create");
    seen.callsOfTheRegistry.clear();
  }
}
