package org.perille.spring;

import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.perille.ConfigurationException;
import org.perille.Definition;
import org.perille.DeliveryInterceptor;
import org.perille.NodeOptions;
import org.perille.Outbox;
import org.perille.Perille;
import org.perille.PerilleListener;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spring.internal.AnnotatedSubscriptions;
import org.perille.spring.internal.ApplicationDatabase;
import org.perille.spring.internal.ManagedDataSource;
import org.perille.spring.internal.NodeFactory;
import org.perille.spring.internal.NodeLifecycle;
import org.perille.spring.internal.PublisherBeans;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The auto-configuration of a Perille node.
 *
 * <p>Beans of type {@link Topic} and {@link Subscription} and methods with {@link
 * PerilleSubscription} are registered with it, and so are {@link PerilleListener}s and {@link
 * DeliveryInterceptor}s and {@link Outbox}es. There is a {@link Perille} bean and, for each topic
 * bean, a bean of type {@code Publisher}, called like the topic's with {@code Publisher} appended.
 * They may be injected anywhere. The node starts after all beans exist and before the web server,
 * and stops after the web server and before the beans are destroyed.
 *
 * <p>{@code perille.spring.enabled=false} turns it off.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
      "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration",
      "org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration"
    })
@ConditionalOnBooleanProperty(name = "perille.spring.enabled", matchIfMissing = true)
public final class PerilleAutoConfiguration {
  PerilleAutoConfiguration() {}

  @Bean
  static PublisherBeans perillePublishers() {
    return new PublisherBeans();
  }

  @Bean
  ApplicationDatabase perilleApplicationDatabase(
      ObjectProvider<DataSource> dataSource, @PerilleDataSource ObjectProvider<DataSource> marked) {
    return new ApplicationDatabase(
        Optional.ofNullable(marked.getIfAvailable()).or(() -> unique(dataSource)));
  }

  private static Optional<DataSource> unique(ObjectProvider<DataSource> dataSource) {
    return Optional.ofNullable(dataSource.getIfUnique());
  }

  @Bean
  NodeFactory perilleNodeFactory(
      ConfigurableEnvironment environment,
      ConfigurableListableBeanFactory beans,
      ApplicationDatabase database) {
    return new NodeFactory(environment, beans, database);
  }

  @Bean
  @ConditionalOnMissingBean
  Perille perille(
      NodeFactory factory,
      ObjectProvider<Topic<?>> topics,
      ObjectProvider<NodeOptions> options,
      ObjectProvider<PerilleListener> listeners,
      ObjectProvider<DeliveryInterceptor> interceptors) {
    NodeOptions all = options.getIfUnique(NodeOptions::none);
    for (PerilleListener listener : listeners.orderedStream().toList()) {
      all = all.withListener(listener);
    }
    for (DeliveryInterceptor interceptor : interceptors.orderedStream().toList()) {
      all = all.withInterceptor(interceptor);
    }
    return factory.create(all, topics.stream().toList());
  }

  @Bean
  PerilleSubscriptions perilleSubscriptions(
      ObjectProvider<Subscription<?>> subscriptions,
      ConfigurableListableBeanFactory beans,
      ConfigurableEnvironment environment) {
    AnnotatedSubscriptions annotated = new AnnotatedSubscriptions(beans, environment);
    return new PerilleSubscriptions(
        () -> Stream.concat(subscriptions.orderedStream(), annotated.find().stream()).toList());
  }

  @Bean
  NodeLifecycle perilleLifecycle(
      Perille perille,
      PerilleSubscriptions subscriptions,
      ObjectProvider<Outbox> outboxes,
      NodeFactory factory) {
    return new NodeLifecycle(
        perille,
        () ->
            Stream.<Definition>concat(subscriptions.all().stream(), outboxes.orderedStream())
                .toList(),
        factory::stopped);
  }

  /** Handlers in transactions of Spring. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({PlatformTransactionManager.class, ConnectionHolder.class})
  @ConditionalOnSingleCandidate(PlatformTransactionManager.class)
  static class Transactions {
    @Bean
    @ConditionalOnMissingBean
    SpringTransactions perilleTransactions(PlatformTransactionManager transactionManager) {
      return SpringTransactions.of(transactionManager, ManagedDataSource.of(transactionManager));
    }
  }

  /** Publishing in transactions of Spring. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnBooleanProperty(name = "perille.spring.outbox")
  @ConditionalOnClass({PlatformTransactionManager.class, ConnectionHolder.class})
  static class Outboxes {
    @Bean
    @ConditionalOnMissingBean
    Outbox perilleOutbox(ObjectProvider<PlatformTransactionManager> transactionManagers) {
      return Outbox.of(ManagedDataSource.of(single(transactionManagers)));
    }

    @Bean
    @ConditionalOnMissingBean
    SpringOutbox perilleSpringOutbox(
        Outbox outbox, ObjectProvider<PlatformTransactionManager> transactionManagers) {
      return SpringOutbox.of(outbox, single(transactionManagers));
    }

    private static PlatformTransactionManager single(
        ObjectProvider<PlatformTransactionManager> transactionManagers) {
      PlatformTransactionManager single = transactionManagers.getIfUnique();
      if (single == null) {
        throw new ConfigurationException(
            "'perille.spring.outbox' is true, and the application has no single transaction manager: add a DataSource and a starter for JDBC or JPA, mark one manager as @Primary, or declare beans with Outbox.of(dataSource) and SpringOutbox.of(outbox, transactionManager)");
      }
      return single;
    }
  }
}
