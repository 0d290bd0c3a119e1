package org.perille.persistence.internal;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import org.h2.engine.SessionLocal;
import org.h2.mvstore.MVStore;

/**
 * A connection to an H2 file whose commits are all forced before they return.
 *
 * <p>One connection at a time changes the file: from its first statement that isn't a query to the
 * end of the transaction. Others wait, but not for the force. See {@link H2File#lock}.
 *
 * <p>A commit is: {@code commit}, a statement in autocommit mode, alone or in a batch, {@code
 * setAutoCommit(true)} in a transaction, and a statement that commits implicitly, such as {@code
 * CREATE TABLE}.
 *
 * <p>Statements that begin with {@code SELECT} count as read-only: {@code SELECT … FOR UPDATE},
 * {@code SELECT … FROM FINAL TABLE (INSERT …)} and updatable result sets are neither locked nor
 * forced. Perille uses none of them.
 *
 * <p>When the force fails, the call fails with SQL state 58030. The change is then in the database,
 * but it is unknown whether it is durable.
 */
final class H2Connection implements InvocationHandler {
  private static final String IO_ERROR = "58030";
  private static final String LOCK_TIMEOUT = "HYT00";

  private final Connection connection;
  private final SessionLocal session;
  private final MVStore store;
  private final H2File file;
  private final boolean forced;

  /** True if a statement of the open transaction may have changed something. */
  private boolean changed;

  /** True while no other connection may change something. */
  private boolean locked;

  private H2Connection(Connection connection, SessionLocal session, H2File file, boolean forced) {
    this.connection = connection;
    this.session = session;
    this.store = session.getDatabase().getStore().getMvStore();
    this.file = file;
    this.forced = forced;
  }

  /**
   * Wraps a connection of the engine.
   *
   * @param forced true if its commits are forced; otherwise they only count for the compaction
   */
  static Connection of(Connection connection, H2File file, boolean forced) throws SQLException {
    H2Connection created = new H2Connection(connection, H2File.session(connection), file, forced);
    file.opened(created.store, forced);
    return proxy(Connection.class, created);
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            H2Connection.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    boolean commits =
        method.getName().equals("commit")
            || (method.getName().equals("setAutoCommit") && (Boolean) arguments[0]);
    boolean open = commits && (changed || session.containsUncommitted());
    Object result;
    try {
      result = call(connection, method, arguments);
    } finally {
      unlockUnlessOpen();
    }
    if (open) {
      committed();
    }
    if (result instanceof Statement statement) {
      return proxy(
          method.getReturnType().asSubclass(Statement.class),
          (self, called, given) ->
              onStatement((Connection) proxy, statement, sql(arguments), called, given));
    }
    return result;
  }

  /** Returns the statement among the arguments of a method; empty if there is none. */
  private static String sql(Object[] arguments) {
    return arguments != null && arguments.length > 0 && arguments[0] instanceof String sql
        ? sql
        : "";
  }

  private Object onStatement(
      Connection proxy, Statement statement, String prepared, Method method, Object[] arguments)
      throws Throwable {
    String name = method.getName();
    if (name.equals("getConnection")) {
      return proxy;
    }
    if (!name.startsWith("execute") || isQuery(sql(arguments) + prepared)) {
      return call(statement, method, arguments);
    }
    lock();
    Object result;
    try {
      result = call(statement, method, arguments);
    } finally {
      unlockUnlessOpen();
    }
    // Other queries, such as those that begin with WITH.
    boolean query = name.equals("executeQuery") || Boolean.TRUE.equals(result);
    if (!query) {
      executed();
    }
    return result;
  }

  private static boolean isQuery(String sql) {
    return sql.stripLeading().regionMatches(true, 0, "SELECT", 0, 6);
  }

  private void lock() throws SQLException {
    if (!locked && isOpen()) {
      if (!file.lock()) {
        throw new SQLTimeoutException(
            "the statement wasn't executed: another transaction has been changing the database for too long, or the thread was interrupted",
            LOCK_TIMEOUT);
      }
      locked = true;
    }
  }

  /** Lets others change something once nothing here is left to be committed or rolled back. */
  private void unlockUnlessOpen() throws SQLException {
    if (locked && !(isOpen() && session.containsUncommitted())) {
      locked = false;
      file.unlock();
    }
  }

  /** Returns whether there is an open file. A database in memory needs no lock. */
  private boolean isOpen() throws SQLException {
    return store.isPersistent() && !store.isClosed() && !connection.isClosed();
  }

  private void executed() throws SQLException {
    // Also in a transaction: a statement that leaves nothing uncommitted has committed everything.
    if (connection.getAutoCommit() || !session.containsUncommitted()) {
      committed();
    } else {
      changed = true;
    }
  }

  private void committed() throws SQLException {
    changed = false;
    if (forced) {
      try {
        file.force();
        if (store.isClosed()) {
          // The force was that of a file that was opened since, without this commit.
          throw new IOException("the database was closed before the commit was written");
        }
      } catch (IOException e) {
        throw new SQLException(
            "it is unknown whether a commit is durable: " + e.getMessage(), IO_ERROR, e);
      }
    }
    file.committed();
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
