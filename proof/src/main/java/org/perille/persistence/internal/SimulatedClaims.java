package org.perille.persistence.internal;

import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.perille.spi.TransactionalHandler.Claim;

/**
 * The claims of one process, as {@link org.perille.persistence.JdbcHandler} makes them. In a
 * simulation nobody waits for a transaction's slot: other transactions go on only when the one that
 * waits has given up.
 */
public final class SimulatedClaims {
  private final CursorTable table;
  private final TransactionSlots slots;
  private final UnusedConnections unused = new UnusedConnections();

  /** Creates a handler's part in a process. */
  public SimulatedClaims(DataSource dataSource, String table, int transactions) {
    this.table = new CursorTable(dataSource, table);
    this.slots = TransactionSlots.of(transactions, Duration.ZERO);
  }

  /** Creates the table for cursors. */
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
