package org.perille.testkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** A helper for a test's tables. */
public final class TestTables {
  private final DataSource dataSource;

  /** Creates a helper for a database. */
  public TestTables(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Executes statements, such as those that create tables. */
  public void execute(String... statements) {
    for (String sql : statements) {
      try (Connection connection = dataSource.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalArgumentException("'%s' failed: %s".formatted(sql, e.getMessage()), e);
      }
    }
  }

  /** Returns the rows of a query, each with the values of its columns. NULL becomes "NULL". */
  public List<List<Object>> query(String sql) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      int columns = row.getMetaData().getColumnCount();
      List<List<Object>> rows = new ArrayList<>();
      while (row.next()) {
        List<Object> values = new ArrayList<>(columns);
        for (int column = 1; column <= columns; column++) {
          Object value = row.getObject(column);
          values.add(value == null ? "NULL" : value);
        }
        rows.add(List.copyOf(values));
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalArgumentException("'%s' failed: %s".formatted(sql, e.getMessage()), e);
    }
  }
}
