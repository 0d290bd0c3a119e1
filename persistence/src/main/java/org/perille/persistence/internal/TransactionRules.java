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
import org.perille.internal.failure.UserCode;
import org.perille.persistence.JdbcTransactions;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start and end of transactions on the application's connections.
 *
 * <p>Transactions have time-outs, so that a vanished host releases its locks. They have the
 * isolation level that the application has chosen.
 *
 * <p>The connections' own settings are determined once. A time-out that is stricter there isn't
 * changed. If all are stricter, no statement is sent for them.
 */
final class TransactionRules {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionRules.class);

  /** The time that this side waits longer than the server, whose answer has more information. */
  private static final Duration MARGIN = Duration.ofSeconds(5);

  /** The server's time-out for a vanished client. The kernel's default is hours. */
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

  /** Determines the rules for connections like this one, as the application's pool returns it. */
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

  /** Returns the detector of statements that an effect must not execute. */
  TransactionEnds ends() {
    return TransactionEnds.of(dialect);
  }

  /**
   * Returns the isolation level of the application's connections: a constant of {@link Connection}.
   */
  int isolation() {
    return isolation;
  }

  /**
   * Returns the statements for the time-outs around a cursor, sent with one that moves it; or none.
   */
  String cursorSettings() {
    return cursorSettings;
  }

  /** Starts a transaction for an effect. Fails if no connection is available or usable. */
  Session beginEffect(DataSource dataSource, Optional<JdbcTransactions> transactions)
      throws SQLException {
    return transactions.isPresent()
        ? begin(transactions.get())
        : begin(dataSource, handlerSettings, handlerAnswer);
  }

  /** Starts a short transaction for a cursor alone. */
  Session beginCursor(DataSource dataSource) throws SQLException {
    return begin(dataSource, cursorSettings, cursorAnswer);
  }

  private Session begin(DataSource dataSource, String settings, Optional<Duration> answer)
      throws SQLException {
    Connection connection = dataSource.getConnection();
    Session session = new Session(connection, Optional.empty());
    try {
      session.awaitAnswers(answer);
      session.autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      apply(settings, connection);
      return session;
    } catch (SQLException | RuntimeException | Error e) {
      session.close();
      throw e;
    }
  }

  private Session begin(JdbcTransactions transactions) throws SQLException {
    JdbcTransactions.Transaction transaction = transactions.begin();
    Session session = new Session(transaction.connection(), Optional.of(transaction));
    try {
      transaction.onEnd(session::restoreAnswers);
      session.awaitAnswers(handlerAnswer);
      apply(handlerSettings, session.connection());
      return session;
    } catch (SQLException | RuntimeException | Error e) {
      session.close();
      throw e;
    }
  }

  private static void apply(String settings, Connection connection) throws SQLException {
    if (!settings.isEmpty()) {
      try (Statement statement = connection.createStatement()) {
        boolean unused = statement.execute(settings);
      }
    }
  }

  /** A transaction and its connection. */
  final class Session implements AutoCloseable {
    private final Connection connection;
    private final Optional<JdbcTransactions.Transaction> managed;
    private boolean autoCommit = true;
    private int ownAnswerMillis = -1;

    private Session(Connection connection, Optional<JdbcTransactions.Transaction> managed) {
      this.connection = connection;
      this.managed = managed;
    }

    Connection connection() {
      return connection;
    }

    /**
     * Makes an effect use the guarded connection.
     *
     * @return false if a framework's code may also use the connection itself
     */
    boolean use(Connection guarded) {
      return managed.isEmpty() || managed.get().use(guarded);
    }

    /**
     * Executes what a framework has delayed until the commit.
     *
     * @param blamed the offset of the message that fails if this does
     */
    void flush(long blamed) throws EffectFailedException {
      if (managed.isEmpty()) {
        return;
      }
      try {
        managed.get().flush();
      } catch (Throwable e) {
        throw new EffectFailedException(blamed, e);
      } finally {
        UserCode.clearInterrupt();
      }
    }

    /**
     * Commits.
     *
     * @throws SQLException if the commit fails, with a state that says whether the outcome is known
     */
    void commit() throws SQLException {
      if (managed.isEmpty()) {
        connection.commit();
        return;
      }
      try {
        managed.get().commit();
      } catch (RuntimeException e) {
        throw new SQLException("a framework's commit failed: " + UserCode.messageOf(e), e);
      } finally {
        UserCode.clearInterrupt();
      }
    }

    /** Sets short time-outs, because from now on only the cursor is moved. */
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

    /**
     * Breaks the connection if a failure shows that its server has become a standby.
     *
     * <p>The pool then discards it.
     *
     * @return true if the connection was broken
     */
    boolean discardIfReadOnly(Throwable failure) {
      boolean readOnly = SqlFailures.isReadOnly(failure);
      if (readOnly) {
        discard();
      }
      return readOnly;
    }

    private void discard() {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException | RuntimeException e) {
        LOG.debug("A connection can't be aborted", e);
      }
    }

    /**
     * Returns the connection without open work.
     *
     * <p>Doesn't throw. The outcome of the transaction is decided by now, and a broken connection
     * must not hide it.
     */
    @Override
    public void close() {
      if (managed.isPresent()) {
        managed.get().close();
        return;
      }
      try (connection) {
        // Rolls back all that isn't committed. After a commit this has no effect.
        if (!connection.getAutoCommit()) {
          connection.rollback();
          connection.setAutoCommit(autoCommit);
        }
        restore();
      } catch (SQLException | RuntimeException e) {
        LOG.info("A connection of the application's DataSource is broken: {}", e.getMessage());
      }
    }

    private void restoreAnswers() {
      try {
        restore();
      } catch (SQLException | RuntimeException e) {
        LOG.info("A connection of a framework's transaction is broken: {}", e.getMessage());
      }
    }

    private void restore() throws SQLException {
      if (ownAnswerMillis >= 0) {
        connection.setNetworkTimeout(Runnable::run, ownAnswerMillis);
      }
    }
  }
}
