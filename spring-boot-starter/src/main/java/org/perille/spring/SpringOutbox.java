package org.perille.spring;

import java.sql.Connection;
import java.util.Objects;
import org.perille.Message;
import org.perille.Outbox;
import org.perille.PublishRefusedException;
import org.perille.Topic;
import org.perille.spring.internal.RunningTransaction;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Publishes through an {@link Outbox} in the running transaction of Spring.
 *
 * <pre>{@code
 * @Transactional
 * public void place(Order order) {
 *   jdbc.update("INSERT INTO orders (id) VALUES (?)", order.id());
 *   outbox.publish(orders, order);
 * }
 * }</pre>
 *
 * <p>There is a bean of this type if {@code perille.spring.outbox} is true.
 *
 * <p><b>Guarantee</b>: that of {@link Outbox}. The message is stored in its topic once if the
 * transaction commits, and not at all if it rolls back, also to a savepoint ({@code NESTED}). The
 * relay begins at once after the commit.
 *
 * <p><b>Order</b>: that of {@link Outbox}. JPA is flushed before each message is inserted, so rows
 * that JPA changes are locked by then, as those that JDBC changes.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. The transaction is that of the
 * calling thread.
 */
public final class SpringOutbox {
  private final Outbox outbox;
  private final RunningTransaction transaction;

  /** One for all transactions. Spring keeps a callback once, however often it is registered. */
  private final TransactionSynchronization notification =
      new TransactionSynchronization() {
        @Override
        public void afterCommit() {
          outbox.committed();
        }

        /** First, because a callback that fails ends the others. */
        @Override
        public int getOrder() {
          return HIGHEST_PRECEDENCE;
        }
      };

  private SpringOutbox(Outbox outbox, RunningTransaction transaction) {
    this.outbox = outbox;
    this.transaction = transaction;
  }

  /**
   * Returns the way to an outbox in transactions of a transaction manager.
   *
   * @param outbox an outbox in the database of the transaction manager, registered with the node
   * @param transactionManager one for JDBC or JPA, not for JTA
   * @throws org.perille.ConfigurationException if the transaction manager has no {@code DataSource}
   */
  public static SpringOutbox of(Outbox outbox, PlatformTransactionManager transactionManager) {
    Objects.requireNonNull(outbox, "outbox");
    Objects.requireNonNull(transactionManager, "transactionManager");
    return new SpringOutbox(outbox, new RunningTransaction(transactionManager));
  }

  /**
   * Publishes a message with the running transaction.
   *
   * <p>An exception that the flush of JPA throws is passed on.
   *
   * @throws PublishRefusedException if the message can't be published, or the node hasn't started
   *     yet. Nothing was inserted
   * @throws IllegalStateException if no transaction of the transaction manager is running, if it is
   *     read-only, or if it is committed and this is a callback after that. Nothing was inserted
   * @throws org.perille.StorageException if the row can't be inserted: the transaction must roll
   *     back
   */
  public <T> void publish(Topic<T> topic, Message<T> message) {
    transaction.join(
        reason ->
            new IllegalStateException(
                "a message for %s was not inserted into %s, because %s"
                    .formatted(topic, outbox, reason)));
    Connection connection = DataSourceUtils.getConnection(transaction.dataSource());
    try {
      outbox.publish(connection, topic, message);
    } catch (PublishRefusedException e) {
      throw e.reason() == PublishRefusedException.Reason.NOT_RUNNING ? notStarted(topic, e) : e;
    } finally {
      DataSourceUtils.releaseConnection(connection, transaction.dataSource());
    }
    TransactionSynchronizationManager.registerSynchronization(notification);
  }

  private PublishRefusedException notStarted(Topic<?> topic, PublishRefusedException cause) {
    return new PublishRefusedException(
        cause.reason(),
        "%s accepts no message for %s: the node, which starts when all beans exist, hasn't started or hasn't registered this outbox. Publish in an ApplicationRunner or later, not in @PostConstruct; and declare an outbox of your own as a bean"
            .formatted(outbox, topic),
        cause);
  }

  /**
   * Publishes a message without options with the running transaction, as {@link #publish(Topic,
   * Message)} does.
   */
  public <T> void publish(Topic<T> topic, T payload) {
    publish(topic, Message.of(payload));
  }
}
