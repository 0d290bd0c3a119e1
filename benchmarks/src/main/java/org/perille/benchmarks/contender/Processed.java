package org.perille.benchmarks.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A table of the messages that were processed, whose primary key rejects repetitions.
 *
 * <p>An application needs it in its handler's transaction where a library delivers at least once.
 */
final class Processed {
  private Processed() {}

  static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE processed (id BIGINT PRIMARY KEY)");
    }
  }

  /** Inserts ids in one batch. */
  static void insert(Connection connection, List<Long> ids) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO processed (id) VALUES (?)")) {
      for (long id : ids) {
        insert.setLong(1, id);
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }
}
