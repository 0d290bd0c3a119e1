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

/** The application's own database: what the services have done, and how far the replay is. */
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

  /** For both services' transactions, and some for the replay and whoever watches it. */
  private static final int CONNECTIONS = 12;

  /** What each service may take of them. */
  static final int TRANSACTIONS = 4;

  /** How far the replay is. */
  record Replayed(long linesDone, boolean allPublished, boolean allHandled) {}

  /**
   * How far a subscription is, as Perille says.
   *
   * @param messages that are in its topic
   * @param handled of them, when they were last counted
   * @param lag messages that wait, -1 if nobody knows at the moment
   * @param dead dead letters
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

  /** Every line up to this one has a receipt or was refused; together with the refusals. */
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

  /** Notes how far a subscription is; what was handled stays so while nobody can be asked. */
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

  /** How far each subscription is. */
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

  /** The alerts' effect: somebody is told, and in which order. */
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
