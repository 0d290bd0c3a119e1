package org.perille.persistence.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import javax.sql.DataSource;
import org.perille.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The application's database, as an outbox uses it.
 *
 * <p>Every transaction of Perille's own is short, has time-outs, and sees what is committed at each
 * statement. It never waits for a transaction of the application, nor makes one wait.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class OutboxDatabase {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxDatabase.class);

  /** The facts about the database, read once. */
  private record Facts(
      Dialect dialect, TransactionRules rules, String identity, boolean asynchronous) {}

  /** A transaction. */
  @FunctionalInterface
  interface Work<R, E extends Exception> {
    R run(Connection connection) throws SQLException, E;
  }

  private final DataSource dataSource;
  private volatile Optional<Facts> facts = Optional.empty();
  private volatile boolean checkpoints = true;

  OutboxDatabase(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  DataSource dataSource() {
    return dataSource;
  }

  /** Checks the tables. Creates or updates them if that is allowed. */
  void prepare(Config config) {
    try (Connection connection = dataSource.getConnection()) {
      Dialect dialect = Dialect.of(connection);
      new OutboxSchema(dialect, url(connection))
          .prepare(connection, SchemaMode.of(config).mayChange());
      facts = Optional.of(read(connection, dialect, HandlerTimeouts.of(config)));
    } catch (SQLException e) {
      throw unusable(e);
    }
  }

  private Facts facts() throws SQLException {
    Optional<Facts> known = facts;
    if (known.isEmpty()) {
      try (Connection connection = dataSource.getConnection()) {
        known =
            Optional.of(
                read(
                    connection, Dialect.of(connection), HandlerTimeouts.of(ConfigFactory.empty())));
      }
      facts = known;
    }
    return known.get();
  }

  private static Facts read(Connection connection, Dialect dialect, HandlerTimeouts timeouts)
      throws SQLException {
    return new Facts(
        dialect,
        TransactionRules.of(connection, timeouts),
        text(connection, "SELECT identity FROM perille_outbox_relay"),
        dialect == Dialect.POSTGRESQL && text(connection, "SHOW synchronous_commit").equals("off"));
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : "";
    }
  }

  /** Returns the identity of the outbox. */
  String identity() throws SQLException {
    return facts().identity();
  }

  /** Runs a transaction, and commits it. A failure of the commit has an unknown outcome. */
  <R, E extends Exception> R inTransaction(Work<R, E> work) throws SQLException, E {
    return inTransaction(work, false);
  }

  /**
   * Runs a transaction like {@link #inTransaction}. Afterwards it, and all transactions that it has
   * seen, are on the disk.
   */
  <R, E extends Exception> R inDurableTransaction(Work<R, E> work) throws SQLException, E {
    return inTransaction(work, true);
  }

  private <R, E extends Exception> R inTransaction(Work<R, E> work, boolean durable)
      throws SQLException, E {
    Facts known = facts();
    try (TransactionRules.Session session = known.rules.beginCursor(dataSource)) {
      Connection connection = session.connection();
      boolean otherLevel = known.rules.isolation() != Connection.TRANSACTION_READ_COMMITTED;
      try {
        if (otherLevel) {
          connection.rollback();
          connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        if (durable && known.asynchronous) {
          execute(connection, "SET LOCAL synchronous_commit = on");
        }
        R result = work.run(connection);
        connection.commit();
        if (durable && known.dialect == Dialect.H2) {
          checkpoint(connection);
        }
        return result;
      } catch (SQLException e) {
        boolean unused = session.discardIfReadOnly(e);
        throw e;
      } finally {
        if (otherLevel && !connection.isClosed()) {
          restore(connection, known.rules.isolation());
        }
      }
    }
  }

  private static void restore(Connection connection, int level) {
    try {
      connection.rollback();
      connection.setTransactionIsolation(level);
    } catch (SQLException e) {
      // The session is broken, and its owner discards it.
      LOG.debug("The isolation level of a connection can't be restored", e);
    }
  }

  /**
   * Forces what is committed to the disk. H2 writes up to half a second later by default: a crash
   * would then lose the application's transaction, and the message would be there without it.
   */
  private void checkpoint(Connection connection) throws SQLException {
    if (!checkpoints) {
      return;
    }
    try {
      execute(connection, "CHECKPOINT SYNC");
      connection.commit();
    } catch (SQLException e) {
      if (!H2_NO_ADMIN.equals(e.getSQLState())) {
        throw e;
      }
      checkpoints = false;
      LOG.warn(
          "The user of the outbox's database has no admin right, so the relay can't force commits to the disk: a crash may lose a transaction whose messages were relayed. Use WRITE_DELAY=0 in the address, or a user with that right");
    }
  }

  private static final String H2_NO_ADMIN = "90040";

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  private static String url(Connection connection) throws SQLException {
    return connection
        .getMetaData()
        .getURL()
        .replaceFirst("[?;].*", "")
        .replaceFirst("//[^/@]*@", "//");
  }

  static StorageException unusable(SQLException e) {
    return new StorageException(
        "the outbox's database can't be used: %s. %s".formatted(e.getMessage(), remedy(e)), e);
  }

  /** Returns the remedy for a failure of the application's own statement, or of the relay's. */
  private static String remedy(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    if (state.equals("42P01") || state.equals("42S02") || state.equals("42S04")) {
      return "Its tables (perille_outbox) are missing in the schema of this connection: register the outbox with a node that may create them, and use the DataSource that was given to Outbox.of";
    }
    if (state.equals("25006") || state.equals("90097")) {
      return "The connection is read-only: publish in a transaction that may write, on the primary server";
    }
    if (state.equals("08003") || state.equals("90007")) {
      return "The connection is closed, and what wasn't committed on it is rolled back: publish, and commit, before it is closed";
    }
    if (state.equals("25P02")) {
      return "An earlier statement of this transaction has failed: roll it back";
    }
    return "Roll the transaction back";
  }
}
