package org.perille.proof.database;

import java.sql.Connection;
import java.sql.SQLException;

/** What stands between a client and the connections of the engine. */
@FunctionalInterface
public interface Driver {
  /**
   * Wraps a connection.
   *
   * @param force makes durable what is committed
   */
  Connection wrap(Connection connection, Runnable force) throws SQLException;
}
