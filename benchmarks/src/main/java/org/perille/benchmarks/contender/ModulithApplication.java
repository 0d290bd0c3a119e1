package org.perille.benchmarks.contender;

import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.Executor;
import javax.sql.DataSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * An application with Spring Modulith, whose registry of event publications is in its database.
 *
 * <p>The transaction that publishes an event inserts the publication. When it has committed, a
 * thread of the same process calls the listener in a transaction of its own
 * ({@code @ApplicationModuleListener}). Publications that are complete are deleted ({@code
 * completion-mode=delete}), so that the table doesn't grow.
 */
public final class ModulithApplication implements AutoCloseable {
  /** The threads of the listener. */
  public static final int LISTENERS = 16;

  private final ConfigurableApplicationContext context;
  private final TransactionTemplate transactions;

  /** An event. Modulith stores it as JSON. */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares events
  public record Sent(long id, String key, byte[] bytes) {}

  /** The work of the listener, in a transaction. */
  @FunctionalInterface
  public interface Work {
    void on(Sent event) throws SQLException;
  }

  /** The task of a transaction. */
  @FunctionalInterface
  public interface Task {
    void run() throws SQLException;
  }

  /** Starts an application. The pool commits by itself outside of transactions. */
  public ModulithApplication(DataSource pool, Work work) {
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
    ApplicationContextInitializer<GenericApplicationContext> given =
        starting -> {
          starting.registerBean(DataSource.class, () -> pool);
          starting.registerBean(Work.class, () -> work);
        };
    application.addInitializers(given);
    context = application.run();
    transactions = context.getBean(TransactionTemplate.class);
  }

  /** The beans of the application. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @EnableAsync
  @EnableTransactionManagement
  static class Beans {
    @Bean
    Listener listener(Work work) {
      return new Listener(work);
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
    private final Work work;

    Listener(Work work) {
      this.work = work;
    }

    @ApplicationModuleListener
    void on(Sent event) throws SQLException {
      work.on(event);
    }
  }

  /** Runs a task in a transaction, which {@link #publish} joins. */
  public void transact(Task task) {
    transactions.executeWithoutResult(
        status -> {
          try {
            task.run();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Publishes an event in the running transaction. */
  public void publish(Sent event) {
    context.publishEvent(event);
  }

  @Override
  public void close() {
    context.close();
  }
}
