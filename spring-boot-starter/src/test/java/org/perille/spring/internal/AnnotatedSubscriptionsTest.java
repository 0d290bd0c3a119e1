package org.perille.spring.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.Guarantee;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spring.PerilleAutoConfiguration;
import org.perille.spring.PerilleSubscription;
import org.perille.spring.PerilleSubscriptions;
import org.perille.spring.SubscriptionCustomizer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

class AnnotatedSubscriptionsTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final Topic<Mail> MAILS =
      Topic.of("mails", Mail.class).keyedBy(Mail::to).withPartitions(1);

  record Order(String id, String customer) implements PerilleMessage {}

  record Mail(String to) implements PerilleMessage {}

  private final ApplicationContextRunner alone =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(PerilleAutoConfiguration.class))
          .withUserConfiguration(Topics.class)
          .withPropertyValues(
              "perille.storage.h2.directory=mem:annotated", "perille.storage.h2.sync=off");

  @Configuration(proxyBeanMethods = false)
  static class Topics {
    @Bean
    Topic<Order> orders() {
      return Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(1);
    }

    @Bean
    Topic<Mail> mails() {
      return MAILS;
    }
  }

  /** One method for each kind of handler. */
  static class Handlers {
    final List<String> seen = new CopyOnWriteArrayList<>();

    @PerilleSubscription(
        name = "audit",
        topic = "${audited:orders}",
        guarantee = Guarantee.AT_LEAST_ONCE)
    void audit(Order order) {
      seen.add("audit " + order.id());
    }

    @PerilleSubscription(name = "views", topic = "orders", guarantee = Guarantee.AT_MOST_ONCE)
    CompletionStage<String> view(Delivery<Order> delivery) {
      seen.add("view " + delivery.payload().id() + " at " + delivery.offset());
      return CompletableFuture.completedFuture("done");
    }

    @PerilleSubscription(name = "thanks", topic = "orders", guarantee = Guarantee.EFFECTIVELY_ONCE)
    Effect<Void> thank(Order order) {
      return Effect.<Void>none().publish(MAILS, new Mail(order.customer()));
    }

    @PerilleSubscription(name = "mail", topic = "mails", guarantee = Guarantee.AT_LEAST_ONCE)
    void mail(PerilleMessage mail) {
      seen.add("mail " + mail);
    }
  }

  /** A service behind a proxy. */
  static class Payments {
    private final JdbcTemplate jdbc;

    Payments(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
      jdbc.execute("CREATE TABLE paid (id VARCHAR(50))");
    }

    @Transactional
    @PerilleSubscription(name = "payment", topic = "orders", guarantee = Guarantee.EFFECTIVELY_ONCE)
    public void pay(Order order) {
      jdbc.update("INSERT INTO paid VALUES (?)", order.id());
    }
  }

  static class WrongMessage {
    @PerilleSubscription(name = "wrong", topic = "orders", guarantee = Guarantee.AT_LEAST_ONCE)
    void handle(Mail mail) {}
  }

  static class WrongTopic {
    @PerilleSubscription(name = "wrong", topic = "oders", guarantee = Guarantee.AT_LEAST_ONCE)
    void handle(Order order) {}
  }

  static class WrongParameters {
    @PerilleSubscription(name = "wrong", topic = "orders", guarantee = Guarantee.AT_LEAST_ONCE)
    void handle(Order order, String more) {}
  }

  static class WrongResult {
    @PerilleSubscription(name = "wrong", topic = "orders", guarantee = Guarantee.EPHEMERAL)
    CompletionStage<String> handle(Order order) {
      return CompletableFuture.completedFuture(order.id());
    }
  }

  static class WithoutDatabase {
    @PerilleSubscription(name = "wrong", topic = "orders", guarantee = Guarantee.EFFECTIVELY_ONCE)
    void handle(Order order) {}
  }

  @Configuration(proxyBeanMethods = false)
  static class FourWorkers {
    @Bean
    SubscriptionCustomizer workers() {
      return subscription ->
          subscription.name().equals("audit") ? subscription.withParallelism(3) : subscription;
    }
  }

  @SuppressWarnings("unchecked") // the bean of the topic of orders
  private static Publisher<Order> orders(org.springframework.context.ApplicationContext context) {
    return (Publisher<Order>) context.getBean("ordersPublisher");
  }

  @Test
  void methods_of_all_kinds_handle_messages_with_the_options_of_customizers() {
    alone
        .withBean(Handlers.class)
        .withUserConfiguration(FourWorkers.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              orders(context).publish(new Order("o-1", "anna")).toCompletableFuture().join();
              await()
                  .atMost(TIMEOUT)
                  .untilAsserted(
                      () ->
                          assertThat(context.getBean(Handlers.class).seen)
                              .containsExactlyInAnyOrder(
                                  "audit o-1", "view o-1 at 0", "mail Mail[to=anna]"));
              PerilleSubscriptions subscriptions = context.getBean(PerilleSubscriptions.class);
              Subscription<?> audit = subscriptions.named("orders", "audit");
              assertThat(audit.parallelism()).isEqualTo(3);
              assertThat(subscriptions.named("orders", "views").guarantee())
                  .isEqualTo(Guarantee.AT_MOST_ONCE);
              assertThat(
                      context
                          .getBean(Perille.class)
                          .subscription(audit)
                          .status()
                          .toCompletableFuture()
                          .join()
                          .subscription())
                  .isEqualTo("audit");
            });
  }

  @Test
  void a_method_of_a_transactional_service_commits_with_the_cursor() {
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                PerilleAutoConfiguration.class,
                DataSourceAutoConfiguration.class,
                DataSourceTransactionManagerAutoConfiguration.class,
                JdbcTemplateAutoConfiguration.class,
                TransactionAutoConfiguration.class))
        .withUserConfiguration(Topics.class)
        .withBean(Payments.class)
        .withPropertyValues("spring.datasource.url=jdbc:h2:mem:annotated-payments")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              orders(context).publish(new Order("o-1", "anna")).toCompletableFuture().join();
              JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
              await()
                  .atMost(TIMEOUT)
                  .untilAsserted(
                      () ->
                          assertThat(
                                  jdbc.queryForObject(
                                      "SELECT sum(next_offset) FROM perille_cursor", Long.class))
                              .isEqualTo(1));
              assertThat(jdbc.queryForList("SELECT id FROM paid", String.class))
                  .containsExactly("o-1");
            });
  }

  @Test
  void a_method_that_does_not_fit_is_refused_with_what_would() {
    refused(WrongMessage.class, "takes " + Mail.class.getName());
    refused(WrongTopic.class, "names topic 'oders', and no bean is a topic of that name");
    refused(WrongParameters.class, "has 2 parameters: use one, the message (Order)");
    refused(WrongResult.class, "returns CompletionStage, which doesn't fit EPHEMERAL");
    refused(WithoutDatabase.class, "there is no single bean of type SpringTransactions");
  }

  private void refused(Class<?> type, String text) {
    alone
        .withBean(type)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .hasRootCauseInstanceOf(ConfigurationException.class)
                    .rootCause()
                    .hasMessageContaining(type.getSimpleName() + ".handle")
                    .hasMessageContaining(text));
  }
}
