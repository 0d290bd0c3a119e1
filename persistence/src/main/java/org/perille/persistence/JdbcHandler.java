package org.perille.persistence;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.perille.Delivery;
import org.perille.internal.failure.UserCode;
import org.perille.persistence.internal.CursorTable;
import org.perille.persistence.internal.HandlerTimeouts;
import org.perille.persistence.internal.JdbcClaim;
import org.perille.persistence.internal.SchemaMode;
import org.perille.persistence.internal.TransactionSlots;
import org.perille.persistence.internal.UnusedConnections;
import org.perille.spi.CursorPlace;
import org.perille.spi.TransactionalHandler;

/**
 * A handler that commits its SQL and the subscription's cursor in one transaction.
 *
 * <p>The transaction is one of the application's own database: H2 or PostgreSQL.
 *
 * <pre>{@code
 * Subscription.of("payment", orders)
 *     .effectivelyOnce(JdbcHandler.of(dataSource, (connection, delivery) -> {
 *       try (PreparedStatement insert = connection.prepareStatement(
 *           "INSERT INTO ledger (invoice, amount) VALUES (?, ?)")) {
 *         insert.setString(1, delivery.payload().invoice());
 *         insert.setBigDecimal(2, delivery.payload().amount());
 *         insert.executeUpdate();
 *       }
 *     }));
 * }</pre>
 *
 * <p><b>Guarantee</b>: each message's effect happens once, whatever crashes. It is committed with
 * the cursor or not at all, and a replaced worker can't commit any more. Many messages share a
 * transaction; when one fails, Perille handles them one by one.
 *
 * <p><b>Threading</b>: the effect is called for several keys concurrently, in the order of each
 * key.
 *
 * <p><b>Failure</b>: an exception from the effect rolls its message back and fails the attempt. A
 * conflict with another transaction (SQL states 40001 and 40P01) is no failed attempt: Perille
 * rolls back and repeats the effect at once, up to 10 times. If the {@code DataSource} returns no
 * connection, or the limit of transactions is reached, Perille doesn't call the effect and counts
 * no attempt. A deadline starts when the effect is called.
 *
 * <p><b>Isolation</b>: that of the {@code DataSource}, which Perille determines once. At READ
 * COMMITTED, the usual default, several transactions of a partition run concurrently. At a higher
 * level a transaction can't see that another one has moved the cursor. So the transactions of a
 * partition run one at a time; at SERIALIZABLE all of the handler's on a node do. Perille doesn't
 * lower the level, because an effect may need it.
 *
 * <p><b>Publishing</b>: what the effect publishes through an {@link org.perille.Outbox} of the same
 * database, with its connection, is committed with it and stored in its topic once.
 *
 * <p><b>The connection</b> is for the effect alone. It rejects every end of the transaction: a
 * method, SQL such as {@code COMMIT}, and on H2 DDL, which commits implicitly. Changes on another
 * connection aren't committed with the cursor. Time-outs end a transaction whose host has vanished.
 * See {@code perille.storage.jdbc-handler}, in particular for handlers that take minutes.
 */
public final class JdbcHandler<T> implements TransactionalHandler<T> {
  /**
   * The default limit of concurrent transactions.
   *
   * <p>Enough to use a small database fully, and below the usual size of connection pools.
   */
  public static final int DEFAULT_MAX_TRANSACTIONS = 8;

  /** The default of the cursors' table. */
  public static final String DEFAULT_CURSOR_TABLE = "perille_cursor";

  private static final Pattern TABLE_NAME =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}(\\.[A-Za-z_][A-Za-z0-9_]{0,62})?");

  private final DataSource dataSource;
  private final JdbcClaim.Effect<T> effect;
  private final int maxTransactions;
  private final CursorTable table;
  private final Optional<JdbcTransactions> transactions;
  private final TransactionSlots slots;
  private final UnusedConnections unused = new UnusedConnections();

  private JdbcHandler(
      DataSource dataSource,
      JdbcClaim.Effect<T> effect,
      int maxTransactions,
      String cursorTable,
      Optional<JdbcTransactions> transactions) {
    this.dataSource = dataSource;
    this.effect = effect;
    this.maxTransactions = maxTransactions;
    this.transactions = transactions;
    this.table = new CursorTable(dataSource, cursorTable);
    this.slots = TransactionSlots.of(maxTransactions);
  }

  /**
   * Returns a handler for a database.
   *
   * @param dataSource a pool with at least as many connections as concurrent transactions
   */
  public static <T> JdbcHandler<T> of(DataSource dataSource, JdbcEffect<T> effect) {
    Objects.requireNonNull(effect, "effect");
    return handler(
        dataSource,
        (connection, deliveries, beforeCall) -> {
          for (Delivery<T> delivery : deliveries) {
            beforeCall.run();
            attempt(delivery, () -> effect.apply(connection, delivery));
          }
        });
  }

  /**
   * Returns a handler that receives several messages at once and writes them with a few statements.
   *
   * <p>It is many times faster at thousands of messages per second.
   *
   * <pre>{@code
   * JdbcHandler.ofBatches(dataSource, (connection, deliveries) -> {
   *   try (PreparedStatement insert = connection.prepareStatement(
   *       "INSERT INTO ledger (invoice, amount) VALUES (?, ?)")) {
   *     for (Delivery<Order> delivery : deliveries) {
   *       insert.setString(1, delivery.payload().invoice());
   *       insert.setBigDecimal(2, delivery.payload().amount());
   *       insert.addBatch();
   *     }
   *     insert.executeBatch();
   *   }
   * })
   * }</pre>
   *
   * @param dataSource a pool with at least as many connections as concurrent transactions; with
   *     PostgreSQL, {@code reWriteBatchedInserts=true} lets its driver send a batch as one
   *     statement
   */
  public static <T> JdbcHandler<T> ofBatches(DataSource dataSource, JdbcBatchEffect<T> effect) {
    Objects.requireNonNull(effect, "effect");
    return handler(
        dataSource,
        (connection, deliveries, beforeCall) -> {
          beforeCall.run();
          // A copy: an effect that removed messages from the list would leave them unfinished.
          attempt(deliveries.get(0), () -> effect.apply(connection, List.copyOf(deliveries)));
        });
  }

  private static <T> JdbcHandler<T> handler(DataSource dataSource, JdbcClaim.Effect<T> effect) {
    return new JdbcHandler<>(
        Objects.requireNonNull(dataSource, "dataSource"),
        effect,
        DEFAULT_MAX_TRANSACTIONS,
        DEFAULT_CURSOR_TABLE,
        Optional.empty());
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws Exception;
  }

  private static void attempt(Delivery<?> blamed, Attempt attempt) throws EffectFailedException {
    try {
      attempt.run();
    } catch (Throwable e) {
      throw new EffectFailedException(blamed.offset(), e);
    } finally {
      // Before the commit or the rollback: H2 closes its files under an interrupted thread.
      UserCode.clearInterrupt();
    }
  }

  /**
   * Returns the same handler with another limit of concurrent transactions on a node.
   *
   * @param maxTransactions 1 to 1,000, less than the pool has connections. Default: {@value
   *     #DEFAULT_MAX_TRANSACTIONS}
   * @throws IllegalArgumentException if it is out of range
   */
  public JdbcHandler<T> withMaxTransactions(int maxTransactions) {
    if (maxTransactions < 1 || maxTransactions > 1000) {
      throw new IllegalArgumentException(
          "a JDBC handler can't have %d concurrent transactions: use 1 to 1000"
              .formatted(maxTransactions));
    }
    return new JdbcHandler<>(dataSource, effect, maxTransactions, table.name(), transactions);
  }

  /**
   * Returns the same handler with its cursors in another table.
   *
   * @param cursorTable the name, with a schema if necessary. Default: {@value
   *     #DEFAULT_CURSOR_TABLE}
   * @throws IllegalArgumentException if the name has other characters than letters, digits and _
   */
  public JdbcHandler<T> withCursorTable(String cursorTable) {
    if (!TABLE_NAME.matcher(cursorTable).matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a name for a cursor table: use letters, digits and _, with a schema before a dot if necessary"
              .formatted(cursorTable));
    }
    return new JdbcHandler<>(dataSource, effect, maxTransactions, cursorTable, transactions);
  }

  /**
   * Returns the same handler, which calls its effect in transactions of a framework.
   *
   * <p>So code of the framework takes part in the transaction that commits the cursor. Perille's
   * other statements, which claim a partition or move its cursor alone, are executed on connections
   * of the {@code DataSource}.
   *
   * @param transactions transactions on connections of the same {@code DataSource}. Default:
   *     Perille begins and commits them itself
   */
  public JdbcHandler<T> withTransactions(JdbcTransactions transactions) {
    return new JdbcHandler<>(
        dataSource,
        effect,
        maxTransactions,
        table.name(),
        Optional.of(Objects.requireNonNull(transactions, "transactions")));
  }

  @Override
  public void prepare(Config config) {
    table.prepare(SchemaMode.of(config).mayChange(), HandlerTimeouts.of(config));
  }

  @Override
  public Claim<T> claim(String topic, String subscription, int partition) throws Exception {
    return claim(topic, subscription, partition, 0);
  }

  @Override
  public Claim<T> claim(String topic, String subscription, int partition, long afterEpoch)
      throws Exception {
    return JdbcClaim.make(
        table,
        new CursorTable.CursorKey(topic, subscription, partition),
        effect,
        slots,
        unused,
        transactions,
        afterEpoch);
  }

  @Override
  public Optional<CursorPlace> cursorPlace(String topic, String subscription) {
    return Optional.of(table.placeOf(topic, subscription));
  }
}
