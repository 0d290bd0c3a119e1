package org.perille.proof.database;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A session of a simulated database, with the state of the client and that of the server. */
final class SimulatedSession implements InvocationHandler {
  private static final String BROKEN = "08006";
  private static final String READ_ONLY = "25006";
  private static final String ABORTED = "25P02";

  /** The errors after which a session continues: cancelled, a lock isn't free, a full disk. */
  private static final String[] REFUSED = {"57014", "55P03", "53100"};

  /** The errors that undo the transaction: serialization failure, deadlock. */
  private static final String[] CONFLICTS = {"40001", "40P01"};

  private final SimulatedDatabase database;
  private final Connection engineConnection;
  private final Connection connection;
  private final List<Transaction.Change> changes = new ArrayList<>();
  private DatabaseClient client;
  private SimulatedPool pool;

  /** True if the client knows that the session is unusable. */
  private boolean broken;

  /** True if the server has ended the session. The client learns it with its next statement. */
  private boolean ended;

  /** True if a statement of the transaction has failed, so that all further ones fail. */
  private boolean aborted;

  private boolean readOnly;
  private boolean vanished;

  /** True if the client has requested a commit, which the server may have received. */
  private boolean committing;

  private boolean autoCommit = true;

  /**
   * Starts a session.
   *
   * @param engineConnection a connection of the engine
   * @param connection the same connection through its driver
   */
  SimulatedSession(SimulatedDatabase database, Connection engineConnection, Connection connection) {
    this.database = database;
    this.engineConnection = engineConnection;
    this.connection = connection;
  }

  Connection engineConnection() {
    return engineConnection;
  }

  boolean isVanished() {
    return vanished;
  }

  boolean isReadOnly() {
    return readOnly;
  }

  void lend(DatabaseClient borrower, SimulatedPool lender) {
    client = borrower;
    pool = lender;
  }

  /** Ends the session and its transaction on the server. */
  void endByServer() throws SQLException {
    ended = true;
    changes.clear();
    database.end(this);
  }

  /** Ends the session on the client. The server may not notice it. */
  void close(boolean vanishing) throws SQLException {
    broken = true;
    if (vanishing && !changes.isEmpty()) {
      vanished = true;
    } else {
      database.end(this);
    }
  }

  /** Ends the session because its server is no longer the primary, or makes it read-only. */
  void failOver(boolean ends) throws SQLException {
    if (ends || vanished || !changes.isEmpty()) {
      endByServer();
    } else {
      readOnly = true;
    }
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    client.requireAlive();
    return discarding(() -> answer(proxy, method, arguments));
  }

  private Object answer(Object proxy, Method method, Object[] arguments) throws Throwable {
    switch (method.getName()) {
      case "close" -> pool.returned(this, !broken);
      case "abort" -> close(false);
      case "isClosed" -> {
        return broken;
      }
      case "getAutoCommit" -> {
        requireUnbroken();
        return autoCommit;
      }
      case "setAutoCommit" -> setAutoCommit((Boolean) arguments[0]);
      case "commit" -> commit();
      case "rollback" -> rollback();
      default -> {
        requireUnbroken();
        Object result = call(connection, method, arguments);
        return result instanceof Statement statement
            ? SimulatedStatement.of((Connection) proxy, this, statement, method, arguments)
            : result;
      }
    }
    return null;
  }

  private void requireUnbroken() throws SQLException {
    if (broken) {
      throw new SQLNonTransientConnectionException("simulated: the connection is closed", "08003");
    }
  }

  private SQLException nowBroken(boolean vanishing) throws SQLException {
    close(vanishing);
    return new SQLNonTransientConnectionException("simulated: the connection is broken", BROKEN);
  }

  private void requireAnswer() throws SQLException {
    client.requireAlive();
    requireUnbroken();
    if (ended) {
      throw nowBroken(false);
    }
  }

  private void setAutoCommit(boolean value) throws SQLException {
    requireUnbroken();
    if (value && !autoCommit && !changes.isEmpty()) {
      commit();
    }
    if (!ended) {
      connection.setAutoCommit(value);
    }
    autoCommit = value;
    aborted = false;
  }

  private void rollback() throws SQLException {
    requireUnbroken();
    if (autoCommit) {
      throw new SQLException("simulated: there is no transaction to roll back", "25P01");
    }
    if (ended) {
      throw nowBroken(false);
    }
    undo();
    aborted = false;
  }

  private void undo() throws SQLException {
    connection.rollback();
    changes.clear();
  }

  private String any(String[] states) {
    return states[database.random().nextInt(states.length)];
  }

  private void commit() throws SQLException {
    requireAnswer();
    if (aborted) {
      rollback();
      throw new SQLException("simulated: the transaction was aborted, and is rolled back", ABORTED);
    }
    committing = true;
    client.meanwhile("");
    committing = false;
    requireAnswer();
    if (client.fails(DatabaseFault.COMMIT_FAILED)) {
      undo();
      if (database.random().nextBoolean()) {
        throw nowBroken(false);
      }
      throw new SQLException("simulated: nothing is committed", any(CONFLICTS));
    }
    boolean unanswered = client.fails(DatabaseFault.COMMIT_UNANSWERED);
    commitByServer();
    if (unanswered) {
      throw nowBroken(false);
    }
  }

  private void commitByServer() throws SQLException {
    Transaction transaction = new Transaction(changes);
    database.writing();
    try {
      connection.commit();
    } catch (SQLException e) {
      database.notWritten();
      throw e;
    }
    changes.clear();
    committed(transaction);
  }

  private void committed(Transaction transaction) {
    if (!transaction.changes().isEmpty() && !database.isForced()) {
      client.violated("a commit is answered that a power failure loses: it wasn't forced");
    }
    client.committed(transaction);
  }

  /**
   * Ends the client's process.
   *
   * @return whether the server executes the commit that was requested before
   */
  boolean crash(boolean vanishing) throws SQLException {
    boolean commits = committing && !ended && database.random().nextBoolean();
    if (commits) {
      commitByServer();
    }
    close(vanishing);
    return commits;
  }

  /** The execution of a statement by the driver. */
  @FunctionalInterface
  interface Execution {
    Object execute() throws Throwable;
  }

  /** Executes a statement that only reads. */
  Object query(String sql, Execution execution) throws Throwable {
    return discarding(
        () -> {
          before(sql);
          fail();
          return execute(execution);
        });
  }

  private Object discarding(Execution execution) throws Throwable {
    try {
      return execution.execute();
    } catch (SQLException e) {
      if (pool.discards(e)) {
        close(false);
      }
      throw e;
    }
  }

  /** Executes a statement that changes something. */
  Object change(Transaction.Change change, Execution execution) throws Throwable {
    return discarding(() -> changeBy(change, execution));
  }

  private Object changeBy(Transaction.Change change, Execution execution) throws Throwable {
    before(change.sql());
    if (readOnly) {
      aborted = !autoCommit;
      throw new SQLException("simulated: the server is read-only", READ_ONLY);
    }
    fail();
    boolean breaks = client.fails(DatabaseFault.CONNECTION_BROKEN);
    if (breaks && database.random().nextBoolean()) {
      throw nowBroken(database.random().nextBoolean());
    }
    Object result = autoCommit ? executeAndCommit(execution) : execute(execution);
    changes.add(change);
    if (autoCommit) {
      Transaction transaction = new Transaction(changes);
      changes.clear();
      committed(transaction);
    }
    if (breaks) {
      throw nowBroken(database.random().nextBoolean());
    }
    return result;
  }

  private Object executeAndCommit(Execution execution) throws Throwable {
    database.writing();
    try {
      return execute(execution);
    } catch (SQLException e) {
      database.notWritten();
      throw e;
    }
  }

  private void before(String sql) throws SQLException {
    requireAnswer();
    client.meanwhile(sql);
    requireAnswer();
    if (aborted) {
      throw new SQLException("simulated: the transaction is aborted", ABORTED);
    }
  }

  private void fail() throws SQLException {
    if (client.fails(DatabaseFault.STATEMENT_FAILED)) {
      boolean conflict = database.random().nextInt(3) == 0;
      failed(conflict && !autoCommit);
      throw new SQLException("simulated: the statement fails", any(conflict ? CONFLICTS : REFUSED));
    }
  }

  /**
   * Handles a failed statement.
   *
   * <p>PostgreSQL undoes the whole transaction at once, and releases its locks. The client still
   * has to end the transaction.
   */
  private void failed(boolean undone) throws SQLException {
    aborted = !autoCommit && database.kind() == ServerKind.POSTGRESQL;
    if (undone || aborted) {
      undo();
    }
  }

  private Object execute(Execution execution) throws Throwable {
    try {
      return execution.execute();
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof SQLException failure) {
        failed(failure.getSQLState().startsWith("40"));
      }
      throw e.getCause();
    }
  }

  static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            SimulatedSession.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
