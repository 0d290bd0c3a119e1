package org.perille.persistence.internal;

import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.perille.spi.TransactionalHandler.Claim;

/**
 * The claims of one process, as {@link org.perille.persistence.JdbcHandler} makes them.
 *
 * <p>In a simulation no thread waits for a transaction slot. Other transactions continue only when
 * the one that waits has given up.
 */
public final class SimulatedClaims {
  private final CursorTable table;
  private final TransactionSlots slots;
  private final UnusedConnections unused = new UnusedConnections();

  /** Creates the claims of a handler in one process. */
  public SimulatedClaims(DataSource dataSource, String table, int transactions) {
    this.table = new CursorTable(dataSource, table);
    this.slots = TransactionSlots.of(transactions, Duration.ZERO);
  }

  /** Returns the statement that creates the table of cursors. */
  public static String ddl(String table) {
    return new CursorTable(null, table).ddl();
  }

  /** Claims a partition. */
  public <T> Claim<T> claim(
      String topic, String subscription, int partition, JdbcClaim.Effect<T> effect)
      throws SQLException {
    return JdbcClaim.make(
        table, new CursorTable.CursorKey(topic, subscription, partition), effect, slots, unused);
  }
}
