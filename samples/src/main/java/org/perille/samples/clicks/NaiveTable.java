package org.perille.samples.clicks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/**
 * The application's own database: the counts of the naive counters, and the publishing position.
 */
final class NaiveTable implements AutoCloseable {
  private static final String[] TABLES = {
    "CREATE TABLE IF NOT EXISTS naive (counter VARCHAR(100), link VARCHAR(100), clicks BIGINT NOT NULL, PRIMARY KEY (counter, link))",
    "CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY, published INTEGER NOT NULL)",
    "INSERT INTO progress SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM progress)",
  };
  private static final int CONNECTIONS = 12;

  private final HikariDataSource dataSource;

  private NaiveTable(HikariDataSource dataSource) {
    this.dataSource = dataSource;
  }

  static NaiveTable open(Path directory) throws SQLException {
    HikariConfig config = new HikariConfig();
    // Every commit survives a killed process, so that the counters are wrong for their own reasons
    // only.
    config.setJdbcUrl(
        "jdbc:h2:file:"
            + directory.toAbsolutePath().normalize()
            + "/naive;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE");
    config.setUsername("sa");
    config.setMaximumPoolSize(CONNECTIONS);
    config.setPoolName("naive");
    NaiveTable table = new NaiveTable(new HikariDataSource(config));
    try (Connection connection = table.dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : TABLES) {
        statement.execute(sql);
      }
    }
    return table;
  }

  /** Adds one click. Committed when the method returns. */
  void count(String counter, String link) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      if (change(
              connection,
              "UPDATE naive SET clicks = clicks + 1 WHERE counter = ? AND link = ?",
              counter,
              link)
          == 0) {
        change(
            connection,
            "INSERT INTO naive (counter, link, clicks) VALUES (?, ?, 1)",
            counter,
            link);
      }
    }
  }

  private static int change(Connection connection, String sql, String counter, String link)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, counter);
      statement.setString(2, link);
      return statement.executeUpdate();
    }
  }

  /** Returns the counts of a counter, by link. */
  Map<String, Long> counted(String counter) throws SQLException {
    Map<String, Long> counted = new HashMap<>();
    try (Connection connection = dataSource.getConnection();
        PreparedStatement select =
            connection.prepareStatement("SELECT link, clicks FROM naive WHERE counter = ?")) {
      select.setString(1, counter);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          counted.put(rows.getString(1), rows.getLong(2));
        }
      }
    }
    return counted;
  }

  /** Returns the number of clicks, from the first one, that have receipts. */
  int published() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT published FROM progress")) {
      row.next();
      return row.getInt(1);
    }
  }

  void published(int clicks) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement update =
            connection.prepareStatement("UPDATE progress SET published = ?")) {
      update.setInt(1, clicks);
      update.executeUpdate();
    }
  }

  @Override
  public void close() {
    dataSource.close();
  }
}
