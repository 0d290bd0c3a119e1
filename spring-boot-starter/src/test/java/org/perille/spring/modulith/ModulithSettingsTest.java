package org.perille.spring.modulith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spring.PerilleAutoConfiguration;
import org.perille.spring.internal.PerilleModulithAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.modulith.events.EventExternalizationConfiguration;
import org.springframework.modulith.events.Externalized;
import org.springframework.modulith.events.RoutingTarget;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Applications that have no more of Spring Modulith than the API of its events, or nothing. */
class ModulithSettingsTest {
  @Externalized("payments")
  record Paid(String id) implements PerilleMessage {}

  /** An event of the application, which others receive as {@link Paid}. */
  record PaymentRow(String id, int version) {}

  @Externalized("another-broker")
  record ForAnotherBroker(String id) {}

  /** Without an annotation of a component, so that no scan of other tests finds it. */
  @AutoConfigurationPackage
  static class Payments {
    final List<Delivery<Paid>> handled = new CopyOnWriteArrayList<>();

    @Bean
    Topic<Paid> payments() {
      return Topic.of("payments", Paid.class).keyedBy(Paid::id).withPartitions(1);
    }

    @Bean
    Subscription<Paid> seen() {
      return Subscription.of("seen", payments()).atLeastOnce(handled::add);
    }
  }

  static class Mapped extends Payments {
    @Bean
    EventExternalizationConfiguration externalization() {
      return EventExternalizationConfiguration.externalizing()
          .select(event -> true)
          .mapping(
              PaymentRow.class,
              row ->
                  row.version() == 0
                      ? new Paid(row.id())
                      : Message.of(new Paid(row.id())).withId(MessageId.of("the-same")))
          .headers(Paid.class, paid -> Map.of("length", paid.id().length()))
          .routeAll(event -> RoutingTarget.forTarget("payments").withoutKey())
          .build();
    }
  }

  private static ApplicationContextRunner application(String database) {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                DataSourceAutoConfiguration.class,
                DataSourceTransactionManagerAutoConfiguration.class,
                PerilleAutoConfiguration.class,
                PerilleModulithAutoConfiguration.class))
        .withPropertyValues(
            "spring.datasource.url=jdbc:h2:mem:" + database, "perille.spring.outbox=true");
  }

  private static void publish(ApplicationContext context, Object... events) {
    new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
        .executeWithoutResult(
            status -> {
              for (Object event : events) {
                context.publishEvent(event);
              }
            });
  }

  private static List<Delivery<Paid>> awaitHandled(ApplicationContext context, int number) {
    List<Delivery<Paid>> handled = context.getBean(Payments.class).handled;
    await()
        .atMost(Duration.ofMinutes(5))
        .untilAsserted(() -> assertThat(handled).hasSizeGreaterThanOrEqualTo(number));
    return handled;
  }

  @Test
  void the_api_of_modulith_s_events_is_all_that_is_needed() {
    application("modulith-api")
        .withUserConfiguration(Payments.class)
        .run(
            context -> {
              publish(context, new Paid("p-1"));
              assertThat(awaitHandled(context, 1))
                  .singleElement()
                  .extracting(Delivery::payload)
                  .isEqualTo(new Paid("p-1"));
            });
  }

  @Test
  void an_event_becomes_the_message_that_the_application_maps_it_to() {
    application("modulith-mapped")
        .withUserConfiguration(Mapped.class)
        .run(
            context -> {
              publish(
                  context,
                  new PaymentRow("p-1", 1),
                  new PaymentRow("p-1", 2),
                  new PaymentRow("p-1", 0));
              List<Delivery<Paid>> handled = awaitHandled(context, 2);
              // The second one is dropped: it has the id of the first one.
              assertThat(handled)
                  .extracting(Delivery::payload)
                  .containsExactly(new Paid("p-1"), new Paid("p-1"));
              assertThat(handled.get(0).headers()).doesNotContainKey("length");
              assertThat(handled.get(1).headers()).containsEntry("length", "3");
            });
  }

  @Test
  void without_an_outbox_events_for_topics_are_refused_and_others_are_left_alone() {
    application("modulith-without-outbox")
        .withUserConfiguration(Payments.class)
        .withPropertyValues("perille.spring.outbox=false")
        .run(
            context -> {
              publish(context, new ForAnotherBroker("o-1"));
              assertThatThrownBy(() -> publish(context, new Paid("p-1")))
                  .isInstanceOf(ConfigurationException.class)
                  .hasMessageContaining("Paid is externalized to topic 'payments'")
                  .hasMessageContaining("'perille.spring.outbox' to true");
            });
  }

  @Test
  void a_setting_of_perille_or_of_modulith_turns_it_off() {
    for (String setting :
        List.of("perille.spring.modulith", "spring.modulith.events.externalization.enabled")) {
      application("modulith-off")
          .withUserConfiguration(Payments.class)
          .withPropertyValues(setting + "=false")
          .run(
              context -> {
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(EventExternalizationConfiguration.class);
                publish(context, new Paid("p-1"), new ForAnotherBroker("o-1"));
              });
    }
  }

  @Test
  void an_application_without_modulith_starts() {
    application("no-modulith")
        .withUserConfiguration(Payments.class)
        .withClassLoader(new FilteredClassLoader("org.springframework.modulith"))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(PerilleModulithAutoConfiguration.class));
  }
}
