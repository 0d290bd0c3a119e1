package org.perille.proof.database;

import java.sql.Connection;
import java.sql.SQLException;

/** A layer between a client and the connections of the engine. */
@FunctionalInterface
public interface Driver {
  /**
   * Wraps a connection.
   *
   * @param force forces committed data to the disk
   */
  Connection wrap(Connection connection, Runnable force) throws SQLException;
}
