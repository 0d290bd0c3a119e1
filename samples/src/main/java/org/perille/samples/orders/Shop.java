package org.perille.samples.orders;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.perille.SubscriptionStatus;

/** The application's own database: the services' results, and the position of the replay. */
final class Shop implements AutoCloseable {
  static final String[] TABLES = {
    "CREATE TABLE IF NOT EXISTS ledger (order_id VARCHAR(100) PRIMARY KEY, customer VARCHAR(100) NOT NULL, seq BIGINT NOT NULL, amount DECIMAL(38, 9) NOT NULL, balance_after DECIMAL(38, 9) NOT NULL)",
    "CREATE TABLE IF NOT EXISTS balance (customer VARCHAR(100) PRIMARY KEY, balance DECIMAL(38, 9) NOT NULL, orders BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS alert (country VARCHAR(100) NOT NULL, seq BIGINT NOT NULL, order_id VARCHAR(100) NOT NULL, level BIGINT NOT NULL, PRIMARY KEY (country, seq))",
    "CREATE TABLE IF NOT EXISTS refusal (line BIGINT PRIMARY KEY, reason VARCHAR(100) NOT NULL)",
    "CREATE TABLE IF NOT EXISTS replay (id INTEGER PRIMARY KEY, lines_done BIGINT NOT NULL, all_published BOOLEAN NOT NULL, all_handled BOOLEAN NOT NULL)",
    "CREATE TABLE IF NOT EXISTS progress (subscription VARCHAR(100) PRIMARY KEY, messages BIGINT NOT NULL, handled BIGINT NOT NULL, lag BIGINT NOT NULL, dead BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS audited_stock (country VARCHAR(100) PRIMARY KEY, units BIGINT NOT NULL, restocked BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS audited_movement (country VARCHAR(100) NOT NULL, log_offset BIGINT NOT NULL, order_id VARCHAR(100) NOT NULL, units BIGINT NOT NULL, PRIMARY KEY (country, log_offset))",
  };

  /** The size of the pool: for the transactions of both services, the replay and its observers. */
  private static final int CONNECTIONS = 12;

  /** The limit of concurrent transactions of each service. */
  static final int TRANSACTIONS = 4;

  /** The position of the replay. */
  record Replayed(long linesDone, boolean allPublished, boolean allHandled) {}

  /**
   * The progress of a subscription, as reported by Perille.
   *
   * @param messages the number of messages in its topic
   * @param handled the number of them that are handled, at the last count
   * @param lag the number of messages that wait, -1 if unknown at the moment
   * @param dead the number of dead letters
   */
  record Followed(long messages, long handled, long lag, long dead) {}

  private final HikariDataSource dataSource;
  private final Decisions decisions;

  Shop(String url, String user) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setPoolName("shop");
    this.dataSource = new HikariDataSource(config);
    this.decisions = new Decisions(dataSource);
  }

  DataSource dataSource() {
    return dataSource;
  }

  Decisions decisions() {
    return decisions;
  }

  void createTables() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute(table);
      }
      for (String table : Decisions.TABLES) {
        statement.execute(table);
      }
      statement.execute(
          "INSERT INTO replay SELECT 1, 0, FALSE, FALSE WHERE NOT EXISTS (SELECT 1 FROM replay)");
      for (String name : Services.NAMES) {
        statement.execute(
            "INSERT INTO progress SELECT '%s', 0, 0, -1, 0 WHERE NOT EXISTS (SELECT 1 FROM progress WHERE subscription = '%s')"
                .formatted(name, name));
      }
    }
  }

  Replayed replayed() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT lines_done, all_published, all_handled FROM replay")) {
      row.next();
      return new Replayed(row.getLong(1), row.getBoolean(2), row.getBoolean(3));
    }
  }

  /**
   * Records that each line up to this one has a receipt or was refused, and stores the refusals.
   */
  void replayedUpTo(long line, Map<Long, String> refusals) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      for (Map.Entry<Long, String> refusal : refusals.entrySet()) {
        try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO refusal SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM refusal WHERE line = ?)")) {
          insert.setLong(1, refusal.getKey());
          insert.setString(2, refusal.getValue());
          insert.setLong(3, refusal.getKey());
          insert.executeUpdate();
        }
      }
      try (PreparedStatement update =
          connection.prepareStatement("UPDATE replay SET lines_done = ? WHERE lines_done < ?")) {
        update.setLong(1, line);
        update.setLong(2, line);
        update.executeUpdate();
      }
      connection.commit();
    }
  }

  void allPublished() throws SQLException {
    execute("UPDATE replay SET all_published = TRUE");
  }

  void allHandled() throws SQLException {
    execute("UPDATE replay SET all_handled = TRUE");
  }

  /** Records the progress of a subscription. Retains the last count while it can't be asked. */
  void follow(SubscriptionStatus status) throws SQLException {
    long messages = status.partitions().stream().mapToLong(p -> p.endOffset()).sum();
    try (Connection connection = dataSource.getConnection();
        PreparedStatement update =
            connection.prepareStatement(
                "UPDATE progress SET messages = ?, handled = GREATEST(handled, ?), lag = ?, dead = ? WHERE subscription = ?")) {
      update.setLong(1, messages);
      update.setLong(2, messages - status.lag() - status.deadLetters());
      update.setLong(3, status.attached() ? status.lag() : -1);
      update.setLong(4, status.deadLetters());
      update.setString(5, status.subscription());
      update.executeUpdate();
    }
  }

  /** Returns the progress of each subscription. */
  Map<String, Followed> followed() throws SQLException {
    Map<String, Followed> followed = new HashMap<>();
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT subscription, messages, handled, lag, dead FROM progress")) {
      while (row.next()) {
        followed.put(
            row.getString(1),
            new Followed(row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5)));
      }
    }
    return followed;
  }

  long count(String table) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The effect of the alerts: records each alert, in order. */
  static void alert(Connection connection, StockLow alarm) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO alert (country, seq, order_id, level) SELECT CAST(? AS VARCHAR(100)), COALESCE(MAX(seq), 0) + 1, CAST(? AS VARCHAR(100)), CAST(? AS BIGINT) FROM alert WHERE country = ?")) {
      insert.setString(1, alarm.country());
      insert.setString(2, alarm.orderId());
      insert.setLong(3, alarm.level());
      insert.setString(4, alarm.country());
      insert.executeUpdate();
    }
  }

  @Override
  public void close() {
    dataSource.close();
  }
}
