package org.perille.samples.orders;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;

/** The application's own database: what the services have done, and how far the replay is. */
final class Shop implements AutoCloseable {
  private static final String[] TABLES = {
    "CREATE TABLE IF NOT EXISTS ledger (order_id VARCHAR(100) PRIMARY KEY, customer VARCHAR(100) NOT NULL, seq BIGINT NOT NULL, status VARCHAR(10) NOT NULL, amount DECIMAL(38, 9) NOT NULL, balance_after DECIMAL(38, 9) NOT NULL)",
    "CREATE TABLE IF NOT EXISTS balance (customer VARCHAR(100) PRIMARY KEY, balance DECIMAL(38, 9) NOT NULL, orders BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS stock_movement (order_id VARCHAR(100) PRIMARY KEY, country VARCHAR(100) NOT NULL, units BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS refusal (line BIGINT PRIMARY KEY, reason VARCHAR(100) NOT NULL)",
    "CREATE TABLE IF NOT EXISTS replay (id INTEGER PRIMARY KEY, lines_done BIGINT NOT NULL, all_published BOOLEAN NOT NULL, all_handled BOOLEAN NOT NULL, lag VARCHAR(200) NOT NULL)",
  };

  /** For both services' transactions, and some for the replay and whoever watches it. */
  private static final int CONNECTIONS = 12;

  /** What each service may take of them. */
  static final int TRANSACTIONS = 4;

  /** How far the replay is. */
  record Replayed(long linesDone, boolean allPublished, boolean allHandled, String lag) {}

  private final HikariDataSource dataSource;

  Shop(String url, String user) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setPoolName("shop");
    this.dataSource = new HikariDataSource(config);
  }

  DataSource dataSource() {
    return dataSource;
  }

  void createTables() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute(table);
      }
      statement.execute(
          "INSERT INTO replay SELECT 1, 0, FALSE, FALSE, '' WHERE NOT EXISTS (SELECT 1 FROM replay)");
    }
  }

  Replayed replayed() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT lines_done, all_published, all_handled, lag FROM replay")) {
      row.next();
      return new Replayed(row.getLong(1), row.getBoolean(2), row.getBoolean(3), row.getString(4));
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

  void lag(String lag, boolean allHandled) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement update =
            connection.prepareStatement("UPDATE replay SET lag = ?, all_handled = ?")) {
      update.setString(1, lag);
      update.setBoolean(2, allHandled);
      update.executeUpdate();
    }
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

  /** The payment's effect: charges the customer, or notes that it won't. */
  static void charge(Connection connection, Order order) throws SQLException {
    BigDecimal balance = BigDecimal.ZERO;
    long orders = 0;
    try (PreparedStatement select =
        connection.prepareStatement("SELECT balance, orders FROM balance WHERE customer = ?")) {
      select.setString(1, order.customer());
      try (ResultSet row = select.executeQuery()) {
        if (row.next()) {
          balance = row.getBigDecimal(1);
          orders = row.getLong(2);
        }
      }
    }
    boolean payable = order.unitPrice().signum() > 0;
    BigDecimal after = payable ? balance.add(order.amount()) : balance;
    try (PreparedStatement save =
        connection.prepareStatement(
            orders == 0
                ? "INSERT INTO balance (balance, orders, customer) VALUES (?, ?, ?)"
                : "UPDATE balance SET balance = ?, orders = ? WHERE customer = ?")) {
      save.setBigDecimal(1, after);
      save.setLong(2, orders + 1);
      save.setString(3, order.customer());
      save.executeUpdate();
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO ledger (order_id, customer, seq, status, amount, balance_after) VALUES (?, ?, ?, ?, ?, ?)")) {
      insert.setString(1, order.id());
      insert.setString(2, order.customer());
      insert.setLong(3, orders + 1);
      insert.setString(4, payable ? "charged" : "rejected");
      insert.setBigDecimal(5, order.amount());
      insert.setBigDecimal(6, after);
      insert.executeUpdate();
    }
  }

  /** The inventory's effect: units leave the stock of the order's country, or come back. */
  static void moveStock(Connection connection, Order order) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO stock_movement (order_id, country, units) VALUES (?, ?, ?)")) {
      insert.setString(1, order.id());
      insert.setString(2, order.country());
      insert.setLong(3, -order.quantity());
      insert.executeUpdate();
    }
  }

  @Override
  public void close() {
    dataSource.close();
  }
}
