package org.perille.spring.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.PerilleMessage;
import org.perille.Publisher;
import org.perille.Topic;
import org.perille.spring.PerilleAutoConfiguration;
import org.perille.spring.SpringOutbox;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** Explanations of a start that fails. */
class FailuresTest {
  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(PerilleAutoConfiguration.class));

  record Invoice(String id) implements PerilleMessage {}

  @Configuration(proxyBeanMethods = false)
  static class WithoutTopic {
    @Bean
    String billing(Publisher<Invoice> invoices) {
      return "needs " + invoices;
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WithoutOutbox {
    record Checkout(SpringOutbox outbox) {}

    @Bean
    Checkout checkout(SpringOutbox outbox) {
      return new Checkout(outbox);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Contradicting {
    @Bean
    Topic<Invoice> invoices() {
      return Topic.of("invoices", Invoice.class).keyedBy(Invoice::id);
    }

    @Bean
    Topic<Invoice> same() {
      return invoices().withPartitions(3);
    }
  }

  private static FailureAnalysis analysis(Throwable failure) {
    List<FailureAnalyzer> analyzers =
        SpringFactoriesLoader.forDefaultResourceLocation()
            // Some of Spring Boot's analyzers need a bean factory.
            .load(FailureAnalyzer.class, (type, name, unusable) -> {});
    return analyzers.stream()
        .filter(analyzer -> analyzer.getClass().getName().startsWith("org.perille"))
        .map(analyzer -> Optional.ofNullable(analyzer.analyze(failure)))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no analyzer explains it", failure));
  }

  @Test
  void a_publisher_without_a_topic_says_which_bean_is_missing() {
    application
        .withUserConfiguration(WithoutTopic.class)
        .withPropertyValues(
            "perille.storage.h2.directory=mem:failures", "perille.storage.h2.sync=off")
        .run(
            context -> {
              FailureAnalysis analysis = analysis(context.getStartupFailure());
              assertThat(analysis.getDescription()).contains("No bean is a topic of Invoice");
              assertThat(analysis.getAction()).contains("@Bean Topic<Invoice>");
            });
  }

  @Test
  void an_outbox_that_is_not_turned_on_says_how_to_do_that() {
    application
        .withUserConfiguration(WithoutOutbox.class)
        .withPropertyValues(
            "perille.storage.h2.directory=mem:failures", "perille.storage.h2.sync=off")
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getAction())
                    .contains("Set 'perille.spring.outbox' to true"));
  }

  @Test
  void a_setting_that_is_unknown_or_out_of_range_is_named() {
    application
        .withPropertyValues("perille.publisher.buffer-mesages=5")
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getDescription())
                    .contains("'perille.publisher.buffer-mesages'")
                    .contains("'perille.publisher.buffer-messages'"));
    application
        .withPropertyValues(
            "perille.storage.h2.directory=mem:failures",
            "perille.storage.h2.sync=off",
            "perille.publisher.buffer-messages=0")
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getDescription())
                    .contains("'buffer-messages' is 0"));
    application
        .withPropertyValues("perille.spring.storage=mine")
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getDescription())
                    .contains("use auto, application or own"));
  }

  @Test
  void topics_that_contradict_each_other_are_named() {
    application
        .withUserConfiguration(Contradicting.class)
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getDescription())
                    .contains("topic 'invoices' is defined twice"));
  }

  @Test
  void a_database_that_does_not_answer_is_named() {
    application
        .withPropertyValues(
            "perille.storage.profile=postgresql",
            "perille.storage.postgresql.url=jdbc:postgresql://localhost:1/nothing")
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getDescription())
                    .contains("jdbc:postgresql://localhost:1/nothing"));
  }

  @Test
  void an_outbox_without_a_transaction_manager_says_what_is_missing() {
    application
        .withPropertyValues(
            "perille.spring.outbox=true",
            "perille.storage.h2.directory=mem:failures",
            "perille.storage.h2.sync=off")
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getDescription())
                    .contains("'perille.spring.outbox' is true")
                    .contains("no single transaction manager"));
  }

  @Test
  void the_starter_can_be_turned_off() {
    application
        .withPropertyValues("perille.spring.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(PublisherBeans.class));
  }

  @Test
  void an_application_without_web_server_database_and_actuator_starts() {
    application
        .withUserConfiguration(Invoices.class)
        .withPropertyValues("perille.storage.h2.directory=mem:alone", "perille.storage.h2.sync=off")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              Publisher<Invoice> publisher = context.getBean(Invoices.Billing.class).invoices();
              assertThat(
                      publisher.publish(new Invoice("i-1")).toCompletableFuture().join().offset())
                  .isZero();
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class Invoices {
    record Billing(Publisher<Invoice> invoices) {}

    record Other(String id) implements PerilleMessage {}

    @Bean
    Topic<Invoice> invoices() {
      return Topic.of("invoices", Invoice.class).keyedBy(Invoice::id).withPartitions(1);
    }

    @Bean
    Topic<Other> others() {
      return Topic.of("others", Other.class).keyedBy(Other::id).withPartitions(1);
    }

    @Bean
    Billing billing(Publisher<Invoice> publisher) {
      return new Billing(publisher);
    }
  }
}
