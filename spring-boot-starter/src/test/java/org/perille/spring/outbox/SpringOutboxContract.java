package org.perille.spring.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.PublishRefusedException;
import org.perille.Topic;
import org.perille.spring.SpringOutbox;
import org.perille.spring.outbox.OutboxApplication.Order;
import org.perille.spring.outbox.OutboxApplication.Seen;
import org.perille.spring.outbox.OutboxApplication.Shop;
import org.perille.spring.outbox.OutboxApplication.TooEarly;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Publishing in transactions of Spring, with each transaction manager and database.
 *
 * <p>The relay looks once an hour, so what is handled shows that it was notified.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SpringOutboxContract {
  ConfigurableApplicationContext context;
  SpringOutbox outbox;
  Topic<Order> orders;
  Shop shop;
  PlatformTransactionManager manager;
  private Seen seen;

  /** Returns the settings of the application. */
  abstract List<String> settings() throws Exception;

  @BeforeAll
  @SuppressWarnings("unchecked") // the bean of the topic of orders
  void start() throws Exception {
    List<String> settings = new ArrayList<>(settings());
    settings.add("perille.spring.outbox=true");
    settings.add("perille.outbox.poll-interval=1h");
    settings.add("spring.main.web-application-type=none");
    settings.add("spring.main.banner-mode=off");
    context =
        new SpringApplicationBuilder(OutboxApplication.class)
            .properties(settings.toArray(String[]::new))
            .run();
    outbox = context.getBean(SpringOutbox.class);
    orders = (Topic<Order>) context.getBean("orders");
    shop = context.getBean(Shop.class);
    seen = context.getBean(Seen.class);
    manager = context.getBean(PlatformTransactionManager.class);
  }

  @AfterAll
  void stop() throws Exception {
    context.close();
  }

  final TransactionTemplate transaction(int propagation) {
    TransactionTemplate template = new TransactionTemplate(manager);
    template.setPropagationBehavior(propagation);
    return template;
  }

  final void awaitSeen(String... ids) {
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(seen.orders).contains(ids));
  }

  /** A later message of the key has arrived, so the earlier one would have. */
  final void assertNeverSeen(String customer, String id) {
    String later = "after-" + id;
    shop.place(new Order(customer, later));
    awaitSeen(later);
    assertThat(seen.orders).doesNotContain(id);
  }

  @Test
  void what_a_transactional_method_publishes_is_handled_after_the_commit() {
    shop.place(new Order("anna", "committed"));
    awaitSeen("committed");
    assertThat(shop.placed("committed")).isOne();
    assertThat(seen.orders).containsOnlyOnce("committed");
  }

  @Test
  void what_is_rolled_back_is_never_published() {
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status -> {
              shop.place(new Order("bert", "rolled-back"));
              status.setRollbackOnly();
            });
    assertThat(shop.placed("rolled-back")).isZero();
    assertNeverSeen("bert", "rolled-back");
  }

  @Test
  void what_requires_a_new_transaction_commits_apart() {
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status -> {
              shop.place(new Order("dora", "outer"));
              transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
                  .executeWithoutResult(inner -> shop.place(new Order("dora", "inner")));
              awaitSeen("inner");
              status.setRollbackOnly();
            });
    assertNeverSeen("dora", "outer");
  }

  @Test
  void messages_of_a_key_keep_their_order_in_a_transaction() {
    List<String> ids = new ArrayList<>();
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status -> {
              for (int i = 0; i < 20; i++) {
                ids.add("ordered-" + i);
                outbox.publish(orders, new Order("emil", ids.get(i)));
              }
            });
    awaitSeen(ids.toArray(String[]::new));
    assertThat(seen.orders).containsSubsequence(ids);
  }

  @Test
  void a_handler_publishes_in_the_transaction_of_its_cursor() {
    shop.place(new Order("fritz", "to-invoice"));
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(seen.invoices).containsOnlyOnce("to-invoice"));
  }

  @Test
  void without_a_transaction_nothing_is_published() {
    assertThatThrownBy(() -> outbox.publish(orders, new Order("gerd", "alone")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("topic 'orders'")
        .hasMessageContaining("no transaction of Spring is running")
        .hasMessageContaining("@Transactional");
    transaction(TransactionDefinition.PROPAGATION_SUPPORTS)
        .executeWithoutResult(
            status ->
                assertThatThrownBy(() -> outbox.publish(orders, new Order("gerd", "alone")))
                    .hasMessageContaining("no transaction of Spring is running"));
    assertNeverSeen("gerd", "alone");
  }

  @Test
  void a_read_only_transaction_is_refused() {
    assertThatThrownBy(() -> shop.onlyRead(new Order("hans", "read-only")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("read-only");
    assertNeverSeen("hans", "read-only");
  }

  @Test
  void a_transaction_of_another_database_is_refused() {
    JdbcTransactionManager other =
        new JdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:other", "sa", ""));
    new TransactionTemplate(other)
        .executeWithoutResult(
            status ->
                assertThatThrownBy(() -> outbox.publish(orders, new Order("ida", "elsewhere")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("another transaction manager"));
    assertNeverSeen("ida", "elsewhere");
  }

  /** Spring looks as if the transaction were running, and nothing would commit the row. */
  @Test
  void a_callback_after_the_commit_is_refused_unless_it_has_a_transaction() {
    List<Throwable> failures = new ArrayList<>();
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status -> {
              shop.place(new Order("jan", "before-commit"));
              TransactionSynchronizationManager.registerSynchronization(
                  new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                      try {
                        outbox.publish(orders, new Order("jan", "after-commit"));
                      } catch (IllegalStateException e) {
                        failures.add(e);
                      }
                      transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
                          .executeWithoutResult(
                              inner -> outbox.publish(orders, new Order("jan", "in-its-own")));
                    }
                  });
            });
    assertThat(failures)
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("already committed"));
    awaitSeen("before-commit", "in-its-own");
    assertNeverSeen("jan", "after-commit");
  }

  @Test
  void a_callback_after_the_commit_is_refused_in_a_transaction_of_another_database_too() {
    TransactionTemplate other =
        new TransactionTemplate(
            new JdbcTransactionManager(new DriverManagerDataSource("jdbc:h2:mem:other", "sa", "")));
    List<Throwable> failures = new ArrayList<>();
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status -> {
              shop.place(new Order("olga", "first-commit"));
              TransactionSynchronizationManager.registerSynchronization(
                  new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                      try {
                        other.executeWithoutResult(
                            inner -> outbox.publish(orders, new Order("olga", "too-late")));
                      } catch (IllegalStateException e) {
                        failures.add(e);
                      }
                    }
                  });
            });
    assertThat(failures)
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("already committed"));
    awaitSeen("first-commit");
    assertNeverSeen("olga", "too-late");
  }

  @Test
  void a_callback_before_the_commit_takes_part() {
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status ->
                TransactionSynchronizationManager.registerSynchronization(
                    new TransactionSynchronization() {
                      @Override
                      public void beforeCommit(boolean readOnly) {
                        outbox.publish(orders, new Order("kurt", "last-moment"));
                      }
                    }));
    awaitSeen("last-moment");
  }

  @Test
  void a_refused_message_leaves_the_transaction_as_it_is() {
    transaction(TransactionDefinition.PROPAGATION_REQUIRED)
        .executeWithoutResult(
            status -> {
              assertThatThrownBy(
                      () -> outbox.publish(orders, new Order("lena", "x".repeat(1_000_000))))
                  .isInstanceOf(PublishRefusedException.class);
              shop.place(new Order("lena", "after-refusal"));
            });
    awaitSeen("after-refusal");
  }

  @Test
  void a_message_before_the_start_is_refused_and_one_of_an_application_runner_is_published() {
    assertThat(context.getBean(TooEarly.class).refusal)
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.reason()).isEqualTo(PublishRefusedException.Reason.NOT_RUNNING);
              assertThat(refusal).hasMessageContaining("ApplicationRunner");
            });
    assertThat(shop.placed("too-early")).isZero();
    awaitSeen("first");
    assertNeverSeen("early", "too-early");
  }
}
