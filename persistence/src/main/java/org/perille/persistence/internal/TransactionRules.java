package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How transactions begin and end on the application's connections: with time-outs, so that a host
 * that vanishes releases its locks, and with the isolation level that the application has chosen.
 *
 * <p>What the connections have by themselves is found out once. A time-out that is stricter there
 * stays as it is; if all are, no statement is sent for them.
 */
final class TransactionRules {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionRules.class);

  /** This side waits a little longer than the server, whose answer says more. */
  private static final Duration MARGIN = Duration.ofSeconds(5);

  /** The server's side of a vanished client; the kernel's default is hours. */
  private static final Map<String, Duration> NETWORK =
      Map.of("tcp_user_timeout", Duration.ofSeconds(15));

  private final Dialect dialect;
  private final int isolation;
  private final String handlerSettings;
  private final String cursorSettings;
  private final Optional<Duration> handlerAnswer;
  private final Optional<Duration> cursorAnswer;

  private TransactionRules(
      Dialect dialect,
      int isolation,
      String handlerSettings,
      String cursorSettings,
      Optional<Duration> handlerAnswer,
      Optional<Duration> cursorAnswer) {
    this.dialect = dialect;
    this.isolation = isolation;
    this.handlerSettings = handlerSettings;
    this.cursorSettings = cursorSettings;
    this.handlerAnswer = handlerAnswer;
    this.cursorAnswer = cursorAnswer;
  }

  /** Rules for connections like this one, as it comes from the application's pool. */
  static TransactionRules of(Connection connection, HandlerTimeouts timeouts) throws SQLException {
    int isolation = connection.getTransactionIsolation();
    Dialect dialect = Dialect.of(connection);
    if (dialect != Dialect.POSTGRESQL) {
      return new TransactionRules(dialect, isolation, "", "", Optional.empty(), Optional.empty());
    }
    Map<String, Duration> handler = new HashMap<>(NETWORK);
    timeouts
        .idleInTransaction()
        .ifPresent(value -> handler.put("idle_in_transaction_session_timeout", value));
    timeouts.statement().ifPresent(value -> handler.put("statement_timeout", value));
    Map<String, Duration> cursor = new HashMap<>();
    timeouts
        .cursor()
        .ifPresent(
            value -> {
              cursor.put("idle_in_transaction_session_timeout", value);
              cursor.put("statement_timeout", value);
              cursor.put("lock_timeout", value);
            });
    Map<String, Long> present = present(connection);
    return new TransactionRules(
        dialect,
        isolation,
        settings(handler, present),
        settings(cursor, present),
        timeouts.statement().map(MARGIN::plus),
        timeouts.cursor().map(MARGIN::plus));
  }

  private static Map<String, Long> present(Connection connection) throws SQLException {
    Map<String, Long> millis = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT name, setting FROM pg_settings WHERE name IN ('idle_in_transaction_session_timeout', 'statement_timeout', 'lock_timeout', 'tcp_user_timeout')")) {
      while (rows.next()) {
        millis.put(rows.getString(1), rows.getLong(2));
      }
    }
    return millis;
  }

  private static String settings(Map<String, Duration> wanted, Map<String, Long> present) {
    List<String> statements = new ArrayList<>();
    wanted.forEach(
        (name, value) -> {
          long own = present.getOrDefault(name, 0L);
          if (own == 0 || own > value.toMillis()) {
            statements.add("SET LOCAL " + name + " = " + value.toMillis());
          }
        });
    return String.join("; ", statements);
  }

  /** What an effect must not execute. */
  TransactionEnds ends() {
    return TransactionEnds.of(dialect);
  }

  /** The level of the application's connections: a constant of {@link Connection}. */
  int isolation() {
    return isolation;
  }

  /** Statements for the time-outs around a cursor, to be sent with one that moves it; or none. */
  String cursorSettings() {
    return cursorSettings;
  }

  /** A transaction for an effect; fails if there is no connection, or it can't be used. */
  Session beginEffect(DataSource dataSource) throws SQLException {
    return begin(dataSource, handlerSettings, handlerAnswer);
  }

  /** A short transaction for a cursor alone. */
  Session beginCursor(DataSource dataSource) throws SQLException {
    return begin(dataSource, cursorSettings, cursorAnswer);
  }

  private Session begin(DataSource dataSource, String settings, Optional<Duration> answer)
      throws SQLException {
    Connection connection = dataSource.getConnection();
    Session session = new Session(connection);
    try {
      session.awaitAnswers(answer);
      session.autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      if (!settings.isEmpty()) {
        try (Statement statement = connection.createStatement()) {
          boolean unused = statement.execute(settings);
        }
      }
      return session;
    } catch (SQLException | RuntimeException | Error e) {
      session.close();
      throw e;
    }
  }

  /** A transaction and its connection. */
  final class Session implements AutoCloseable {
    private final Connection connection;
    private boolean autoCommit = true;
    private int ownAnswerMillis = -1;

    private Session(Connection connection) {
      this.connection = connection;
    }

    Connection connection() {
      return connection;
    }

    /** From now on only the cursor is moved: that is quick, or the other side is gone. */
    void finish() throws SQLException {
      awaitAnswers(cursorAnswer);
    }

    private void awaitAnswers(Optional<Duration> answer) throws SQLException {
      if (answer.isEmpty()) {
        return;
      }
      try {
        if (ownAnswerMillis < 0) {
          ownAnswerMillis = connection.getNetworkTimeout();
        }
        long wanted = answer.get().toMillis();
        if (ownAnswerMillis == 0 || ownAnswerMillis > wanted) {
          connection.setNetworkTimeout(Runnable::run, (int) wanted);
        }
      } catch (SQLFeatureNotSupportedException e) {
        LOG.debug("The application's connections have no network time-out", e);
      }
    }

    /** Breaks the connection, so that its pool discards it rather than lends it again. */
    void discard() {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException | RuntimeException e) {
        LOG.debug("A connection can't be aborted", e);
      }
    }

    /**
     * Returns the connection without open work. It must not throw: what became of the transaction
     * is decided by now, and a broken connection may not hide it.
     */
    @Override
    public void close() {
      try (connection) {
        // Whatever was not committed is rolled back; after a commit this does nothing.
        if (!connection.getAutoCommit()) {
          connection.rollback();
          connection.setAutoCommit(autoCommit);
        }
        if (ownAnswerMillis >= 0) {
          connection.setNetworkTimeout(Runnable::run, ownAnswerMillis);
        }
      } catch (SQLException | RuntimeException e) {
        LOG.info("A connection of the application's DataSource is broken: {}", e.getMessage());
      }
    }
  }
}
