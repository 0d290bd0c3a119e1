package org.perille.proof.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** The tables of a database. */
@FunctionalInterface
public interface Tables {
  /** Creates the tables in a new database. */
  void create(Connection connection) throws SQLException;

  /** Returns the tables that these statements create. */
  static Tables of(String... ddl) {
    return connection -> {
      for (String sql : ddl) {
        try (Statement statement = connection.createStatement()) {
          boolean unused = statement.execute(sql);
        }
      }
    };
  }
}
