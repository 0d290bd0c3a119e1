package org.perille.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.perille.Handler;
import org.perille.Outbox;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spring.internal.ManagedTransactions;
import org.perille.testkit.idempotence.IdempotenceCheck;
import org.perille.testkit.idempotence.IdempotenceReport;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

class SpringTransactionsTest {
  private static final String INSERT = "INSERT INTO paid (id, amount) VALUES (?, ?)";

  /** Something of the application, which uses a transaction manager and its DataSource. */
  private interface Application {
    Handler<Paid> handler(PlatformTransactionManager manager, DataSource dataSource);
  }

  private static IdempotenceCheck<Paid> check(Application application) {
    return check(
        dataSource -> {
          PlatformTransactionManager manager = new JdbcTransactionManager(dataSource);
          return SpringTransactions.of(manager, dataSource)
              .handler(application.handler(manager, dataSource));
        });
  }

  private static IdempotenceCheck<Paid> check(
      Function<DataSource, org.perille.persistence.JdbcHandler<Paid>> handler) {
    return IdempotenceCheck.of(
            world ->
                Subscription.of("payment", Paid.TOPIC)
                    .effectivelyOnce(handler.apply(world.dataSource())))
        .prepare(world -> world.tables().execute("CREATE TABLE paid (id VARCHAR(50), amount INT)"))
        .effect(world -> world.tables().query("SELECT id, amount FROM paid ORDER BY id"))
        .messages(new Paid("p-1", "anna", 5), new Paid("p-2", "bert", 7));
  }

  private static void insert(JdbcTemplate jdbc, Paid paid) {
    jdbc.update(INSERT, paid.id(), paid.amount());
  }

  private static TransactionTemplate service(PlatformTransactionManager manager, int propagation) {
    TransactionTemplate template = new TransactionTemplate(manager);
    template.setPropagationBehavior(propagation);
    return template;
  }

  @Test
  void a_jdbc_template_takes_part_in_the_transaction_of_the_cursor() {
    IdempotenceReport report =
        check(
                (manager, dataSource) -> {
                  JdbcTemplate jdbc = new JdbcTemplate(dataSource);
                  return delivery -> insert(jdbc, delivery.payload());
                })
            .assertEffectivelyOnce();
    assertThat(report.crashPoints()).isGreaterThan(30);
  }

  @Test
  void a_transactional_service_takes_part_in_the_transaction_of_the_cursor() {
    check(
            (manager, dataSource) -> {
              JdbcTemplate jdbc = new JdbcTemplate(dataSource);
              TransactionTemplate required =
                  service(manager, TransactionDefinition.PROPAGATION_REQUIRED);
              return delivery ->
                  required.executeWithoutResult(status -> insert(jdbc, delivery.payload()));
            })
        .assertEffectivelyOnce();
  }

  @Test
  void an_outbox_takes_part_in_the_transaction_of_the_cursor() {
    Topic<Paid> receipts = Topic.of("receipts", Paid.class).keyedBy(Paid::customer);
    IdempotenceCheck.of(
            world -> {
              DataSource dataSource = world.dataSource();
              JdbcTemplate jdbc = new JdbcTemplate(dataSource);
              Outbox outbox = world.outbox(receipts);
              return Subscription.of("payment", Paid.TOPIC)
                  .effectivelyOnce(
                      SpringTransactions.of(new JdbcTransactionManager(dataSource), dataSource)
                          .handler(
                              delivery -> {
                                insert(jdbc, delivery.payload());
                                jdbc.execute(
                                    (Connection connection) -> {
                                      outbox.publish(connection, receipts, delivery.payload());
                                      return true;
                                    });
                              }));
            })
        .prepare(world -> world.tables().execute("CREATE TABLE paid (id VARCHAR(50), amount INT)"))
        .effect(world -> world.tables().query("SELECT id, amount FROM paid ORDER BY id"))
        .messages(new Paid("p-1", "anna", 5), new Paid("p-2", "bert", 7))
        .assertEffectivelyOnce();
  }

  @Test
  void a_nested_transaction_takes_part_and_can_be_rolled_back_alone() {
    check(
            (manager, dataSource) -> {
              JdbcTemplate jdbc = new JdbcTemplate(dataSource);
              TransactionTemplate nested =
                  service(manager, TransactionDefinition.PROPAGATION_NESTED);
              return delivery -> {
                insert(jdbc, delivery.payload());
                nested.executeWithoutResult(
                    status -> {
                      insert(jdbc, delivery.payload());
                      status.setRollbackOnly();
                    });
              };
            })
        .assertEffectivelyOnce();
  }

  @Test
  void jooq_takes_part_in_the_transaction_of_the_cursor() {
    IdempotenceCheck<Paid> check =
        check(
            (manager, dataSource) -> {
              DSLContext jooq =
                  DSL.using(new TransactionAwareDataSourceProxy(dataSource), SQLDialect.H2);
              return delivery ->
                  jooq.execute(INSERT, delivery.payload().id(), delivery.payload().amount());
            });
    // jOOQ calls the driver more often at its first use in a process, and every run must be alike.
    check.run();
    check.assertEffectivelyOnce();
  }

  @Test
  void what_is_done_in_another_transaction_is_found_and_warned_of() {
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    Logger logger = (Logger) LoggerFactory.getLogger(ManagedTransactions.class);
    logger.addAppender(logged);
    try {
      IdempotenceReport report =
          check(
                  (manager, dataSource) -> {
                    JdbcTemplate jdbc = new JdbcTemplate(dataSource);
                    TransactionTemplate apart =
                        service(manager, TransactionDefinition.PROPAGATION_REQUIRES_NEW);
                    return delivery ->
                        apart.executeWithoutResult(status -> insert(jdbc, delivery.payload()));
                  })
              .run();
      assertThat(report.isEffectivelyOnce()).isFalse();
    } finally {
      logger.detachAppender(logged);
    }
    assertThat(logged.list)
        .anySatisfy(
            event -> {
              assertThat(event.getFormattedMessage()).contains("REQUIRES_NEW");
              assertThat(event.getThrowableProxy().getStackTraceElementProxyArray())
                  .anyMatch(place -> place.toString().contains("SpringTransactionsTest"));
            });
  }

  @Test
  void a_commit_or_ddl_on_the_transaction_s_connection_is_refused() {
    for (String statement : new String[] {"COMMIT", "CREATE TABLE other (id INT)"}) {
      IdempotenceReport report =
          check(
                  (manager, dataSource) -> {
                    JdbcTemplate jdbc = new JdbcTemplate(dataSource);
                    return delivery -> {
                      insert(jdbc, delivery.payload());
                      jdbc.execute(statement);
                    };
                  })
              .run();
      assertThat(report.toString())
          .contains("would end the transaction and must not be executed by a handler");
    }
  }

  @Test
  void a_failure_that_a_handler_catches_rolls_the_message_back() {
    IdempotenceCheck<Paid> check =
        check(
            (manager, dataSource) -> {
              JdbcTemplate jdbc = new JdbcTemplate(dataSource);
              TransactionTemplate required =
                  service(manager, TransactionDefinition.PROPAGATION_REQUIRED);
              return delivery -> {
                insert(jdbc, delivery.payload());
                try {
                  required.executeWithoutResult(
                      status -> {
                        throw new IllegalArgumentException("no money");
                      });
                } catch (IllegalArgumentException e) {
                  assertThat(e).hasMessage("no money");
                }
              };
            });
    assertThatThrownBy(check::assertEffectivelyOnce)
        .hasStackTraceContaining("the transaction can only be rolled back");
  }

  @Test
  void a_callback_that_fails_before_the_commit_fails_the_attempt() {
    IdempotenceCheck<Paid> check =
        check(
            (manager, dataSource) -> {
              JdbcTemplate jdbc = new JdbcTemplate(dataSource);
              return delivery -> {
                insert(jdbc, delivery.payload());
                TransactionSynchronizationManager.registerSynchronization(
                    new TransactionSynchronization() {
                      @Override
                      public void beforeCommit(boolean readOnly) {
                        throw new IllegalStateException("refused before the commit");
                      }

                      @Override
                      public int getOrder() {
                        return 0;
                      }
                    });
              };
            });
    assertThatThrownBy(check::assertEffectivelyOnce)
        .hasStackTraceContaining("refused before the commit");
  }

  @Test
  void a_callback_that_fails_after_the_commit_repeats_nothing() {
    check(
            (manager, dataSource) -> {
              JdbcTemplate jdbc = new JdbcTemplate(dataSource);
              return delivery -> {
                insert(jdbc, delivery.payload());
                TransactionSynchronizationManager.registerSynchronization(
                    new TransactionSynchronization() {
                      @Override
                      public void afterCommit() {
                        throw new IllegalStateException("failed after the commit");
                      }
                    });
              };
            })
        .assertEffectivelyOnce();
  }

  @Test
  void the_time_out_of_the_transaction_manager_limits_the_statements_of_a_handler() {
    List<Integer> timeouts = new CopyOnWriteArrayList<>();
    check(
            dataSource -> {
              JdbcTransactionManager manager = new JdbcTransactionManager(dataSource);
              manager.setDefaultTimeout(30);
              JdbcTemplate jdbc = new JdbcTemplate(dataSource);
              return SpringTransactions.of(manager, dataSource)
                  .handler(
                      delivery ->
                          jdbc.update(
                              connection -> {
                                PreparedStatement insert = connection.prepareStatement(INSERT);
                                insert.setString(1, delivery.payload().id());
                                insert.setInt(2, delivery.payload().amount());
                                DataSourceUtils.applyTransactionTimeout(insert, dataSource);
                                timeouts.add(insert.getQueryTimeout());
                                return insert;
                              }));
            })
        .assertEffectivelyOnce();
    assertThat(timeouts).isNotEmpty().allMatch(seconds -> seconds > 0 && seconds <= 30);
  }

  @Test
  void a_batch_is_one_transaction() {
    check(
            dataSource -> {
              JdbcTemplate jdbc = new JdbcTemplate(dataSource);
              return SpringTransactions.of(new JdbcTransactionManager(dataSource), dataSource)
                  .batchHandler(
                      deliveries ->
                          deliveries.forEach(delivery -> insert(jdbc, delivery.payload())));
            })
        .assertEffectivelyOnce();
  }
}
