package org.perille.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Spring Modulith: each parcel is an event of the application, in the registry of event
 * publications by JDBC.
 *
 * <p>The sender's transaction inserts the publication. When it has committed, a thread of the same
 * process calls the listener in a transaction of its own ({@code @ApplicationModuleListener}).
 * Publications that are complete are deleted ({@code completion-mode=delete}), so that the table
 * doesn't grow.
 *
 * <p>The publication is completed after the listener's transaction. So the listener also inserts
 * into a table of processed messages. It preserves no order of a key. Only a restart, or a call by
 * the application, repeats what has failed.
 */
final class ModulithContender implements Contender {
  static final Set<Job> JOBS = Set.copyOf(EnumSet.of(Job.JDBC_EFFECT));

  private static final int LISTENERS = 16;

  /** An event. Modulith stores it as JSON. */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares events
  record Sent(long id, String key, byte[] bytes) {}

  private final Stand stand = Stand.start();
  private final HikariDataSource pool = stand.autocommittingPool(Senders.THREADS + 2 * LISTENERS);
  private final Senders senders = new Senders();
  private final AtomicLong lastId = new AtomicLong();
  private EffectTable effects;
  private ConfigurableApplicationContext context;
  private TransactionTemplate transactions;

  @Override
  public void begin(Work work, LongConsumer done) throws SQLException {
    effects = new EffectTable(done);
    effects.create(pool);
    try (Connection connection = pool.getConnection()) {
      Processed.create(connection);
    }
    // The process has its logging already.
    System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
    SpringApplication application = new SpringApplication(Beans.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setLogStartupInfo(false);
    application.setDefaultProperties(
        Map.of(
            "spring.main.banner-mode", "off",
            "spring.modulith.events.completion-mode", "delete",
            "spring.modulith.events.jdbc.schema-initialization.enabled", "true"));
    DataSource telling = effects.telling(pool);
    ApplicationContextInitializer<GenericApplicationContext> given =
        starting -> {
          starting.registerBean(DataSource.class, () -> telling);
          starting.registerBean(EffectTable.class, () -> effects);
        };
    application.addInitializers(given);
    context = application.run();
    transactions = context.getBean(TransactionTemplate.class);
  }

  /** The application. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @EnableAsync
  @EnableTransactionManagement
  static class Beans {
    @Bean
    Listener listener(DataSource database, EffectTable effects) {
      return new Listener(database, effects);
    }

    @Bean
    Executor taskExecutor() {
      ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
      executor.setCorePoolSize(LISTENERS);
      executor.setMaxPoolSize(LISTENERS);
      executor.initialize();
      return executor;
    }
  }

  /** A listener of another module. Spring needs a class that it can extend. */
  static class Listener {
    private final DataSource database;
    private final EffectTable effects;

    Listener(DataSource database, EffectTable effects) {
      this.database = database;
      this.effects = effects;
    }

    @ApplicationModuleListener
    void on(Sent event) throws SQLException {
      Connection connection = DataSourceUtils.getConnection(database);
      Processed.insert(connection, List.of(event.id()));
      effects.insert(connection, new Parcel(event.key(), event.bytes()));
    }
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    Sent event = new Sent(lastId.incrementAndGet(), parcel.key(), parcel.bytes());
    return senders.send(
        () -> transactions.executeWithoutResult(status -> context.publishEvent(event)));
  }

  @Override
  public void verify(long parcels) throws SQLException {
    effects.requireRows(pool, parcels);
  }

  @Override
  public void close() throws IOException {
    senders.close();
    if (context != null) {
      context.close();
    }
    pool.close();
    stand.close();
  }
}
