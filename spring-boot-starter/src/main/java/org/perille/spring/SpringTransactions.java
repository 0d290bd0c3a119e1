package org.perille.spring;

import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.perille.Delivery;
import org.perille.Handler;
import org.perille.persistence.JdbcHandler;
import org.perille.spring.internal.ManagedTransactions;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Makes handlers whose effect commits with the cursor, in a transaction of Spring.
 *
 * <pre>{@code
 * @Bean
 * Subscription<Order> payment(
 *     Topic<Order> orders, Payments payments, SpringTransactions transactions) {
 *   return Subscription.of("payment", orders)
 *       .effectivelyOnce(transactions.handler(delivery -> payments.pay(delivery.payload())));
 * }
 * }</pre>
 *
 * <p>There is a bean of this type if the application has one {@code DataSource} and one {@code
 * PlatformTransactionManager} for it.
 *
 * <p><b>Guarantee</b>: that of {@link JdbcHandler}, for all that takes part in the transaction:
 * {@code JdbcTemplate} and {@code JdbcClient}, JPA and Spring Data, jOOQ, and methods with
 * {@code @Transactional} of propagation {@code REQUIRED}, {@code SUPPORTS}, {@code MANDATORY} or
 * {@code NESTED}. JPA is flushed before the cursor moves, so what fails there is a failed attempt.
 *
 * <p><b>Not guaranteed</b>: what is done on another connection: with propagation {@code
 * REQUIRES_NEW} or {@code NOT_SUPPORTED} or another transaction manager, which is logged as a
 * warning; on another thread, as by {@code @Async}. It happens again if the message is handled
 * again. Callbacks after the commit don't happen if the process crashes before them.
 *
 * <p>Several messages share a transaction. If a method with {@code @Transactional} fails, the
 * transaction is rolled back although the handler has caught the exception, as always in Spring,
 * and Perille handles the messages one by one.
 *
 * <p><b>Threading</b>: immutable. Handlers are called for several keys concurrently.
 */
public final class SpringTransactions {
  private final DataSource dataSource;
  private final ManagedTransactions transactions;

  private SpringTransactions(DataSource dataSource, ManagedTransactions transactions) {
    this.dataSource = dataSource;
    this.transactions = transactions;
  }

  /**
   * Returns the transactions of a transaction manager.
   *
   * @param transactionManager begins and commits the transactions: one for JDBC or JPA, not for JTA
   * @param dataSource the one whose connections the transaction manager uses: H2 or PostgreSQL
   */
  public static SpringTransactions of(
      PlatformTransactionManager transactionManager, DataSource dataSource) {
    Objects.requireNonNull(transactionManager, "transactionManager");
    Objects.requireNonNull(dataSource, "dataSource");
    return new SpringTransactions(
        dataSource, new ManagedTransactions(transactionManager, dataSource));
  }

  /**
   * Returns a handler that is called for each message, in a transaction.
   *
   * <p>An exception that it throws rolls the message back and fails the attempt.
   */
  public <T> JdbcHandler<T> handler(Handler<T> handler) {
    Objects.requireNonNull(handler, "handler");
    return JdbcHandler.<T>of(dataSource, (connection, delivery) -> handler.handle(delivery))
        .withTransactions(transactions);
  }

  /** Returns a handler that is called for several messages at once, in a transaction. */
  public <T> JdbcHandler<T> batchHandler(BatchHandler<T> handler) {
    Objects.requireNonNull(handler, "handler");
    return JdbcHandler.<T>ofBatches(
            dataSource, (connection, deliveries) -> handler.handle(deliveries))
        .withTransactions(transactions);
  }

  /**
   * A handler of several messages.
   *
   * <p><b>Threading</b>: called for several keys concurrently, in the order of each key.
   */
  @FunctionalInterface
  public interface BatchHandler<T> {
    /**
     * Handles messages of one or more keys.
     *
     * @param deliveries in the order of each key, at least one
     * @throws Exception any exception rolls all of them back; they are then handled one by one
     */
    void handle(List<Delivery<T>> deliveries) throws Exception;
  }
}
