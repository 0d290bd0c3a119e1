package org.perille.samples.payments;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** The application's own database, with the accounts' statements. */
final class Bank implements AutoCloseable {
  /** The size of the pool: for the transactions of the one handler, and for readers. */
  private static final int CONNECTIONS = 6;

  static final int TRANSACTIONS = 4;

  // No unique key rejects a duplicate payment. Preventing duplicates is the handler's task.
  static final String TABLE =
      "CREATE TABLE IF NOT EXISTS statement (account VARCHAR(100) NOT NULL, line BIGINT NOT NULL, payment_id VARCHAR(100) NOT NULL, amount BIGINT NOT NULL, balance BIGINT NOT NULL)";

  private static final String INDEX =
      "CREATE INDEX IF NOT EXISTS statement_by_account ON statement (account, line)";

  /** A line of an account's statement; amounts in cents. */
  record Line(String account, long number, String paymentId, long amount, long balance) {}

  private final HikariDataSource dataSource;

  private Bank(HikariDataSource dataSource) {
    this.dataSource = dataSource;
  }

  static Bank open(Path directory) throws SQLException {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(
        "jdbc:h2:file:"
            + directory.toAbsolutePath().normalize()
            + "/bank;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0");
    config.setUsername("sa");
    config.setMaximumPoolSize(CONNECTIONS);
    config.setPoolName("bank");
    Bank bank = new Bank(new HikariDataSource(config));
    try (Connection connection = bank.dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(TABLE);
      statement.execute(INDEX);
    }
    return bank;
  }

  DataSource dataSource() {
    return dataSource;
  }

  /** The effect of the statement: appends a line to the account's lines. */
  static void addLine(Connection connection, PaymentBooked booking) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO statement SELECT ?, 1 + COALESCE(MAX(line), 0), ?, ?, ? FROM statement WHERE account = ?")) {
      insert.setString(1, booking.account());
      insert.setString(2, booking.paymentId());
      insert.setLong(3, booking.amountInCents());
      insert.setLong(4, booking.balanceInCents());
      insert.setString(5, booking.account());
      insert.executeUpdate();
    }
  }

  /** Returns all statements by account, each in the order of its lines. */
  List<Line> lines() throws SQLException {
    List<Line> lines = new ArrayList<>();
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT account, line, payment_id, amount, balance FROM statement ORDER BY account, line")) {
      while (row.next()) {
        lines.add(
            new Line(
                row.getString(1),
                row.getLong(2),
                row.getString(3),
                row.getLong(4),
                row.getLong(5)));
      }
    }
    return lines;
  }

  @Override
  public void close() {
    dataSource.close();
  }
}
