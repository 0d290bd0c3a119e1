package org.perille.persistence.internal;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.h2.engine.SessionLocal;

/**
 * A connection to an H2 file whose commits are all forced before they return.
 *
 * <p>A commit is: {@code commit}, a statement in autocommit mode, alone or in a batch, {@code
 * setAutoCommit(true)} in a transaction, and a statement that commits implicitly, such as {@code
 * CREATE TABLE}.
 *
 * <p>Queries count as read-only: {@code SELECT … FROM FINAL TABLE (INSERT …)} in autocommit mode,
 * and updatable result sets, aren't forced. Perille uses neither.
 *
 * <p>When the force fails, the call fails with SQL state 58030. The change is then in the database,
 * but it is unknown whether it is durable.
 */
final class H2Connection implements InvocationHandler {
  private static final String IO_ERROR = "58030";

  private final Connection connection;
  private final SessionLocal session;
  private final H2File file;
  private final boolean forced;

  /** True if a statement of the open transaction may have changed something. */
  private boolean changed;

  private H2Connection(Connection connection, SessionLocal session, H2File file, boolean forced) {
    this.connection = connection;
    this.session = session;
    this.file = file;
    this.forced = forced;
  }

  /**
   * Wraps a connection of the engine.
   *
   * @param forced true if its commits are forced; otherwise they only count for the compaction
   */
  static Connection of(Connection connection, H2File file, boolean forced) throws SQLException {
    SessionLocal session = H2File.session(connection);
    file.opened(session, forced);
    return proxy(Connection.class, new H2Connection(connection, session, file, forced));
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
    Object result = call(connection, method, arguments);
    if (open) {
      committed();
    }
    if (result instanceof Statement statement) {
      return proxy(
          method.getReturnType().asSubclass(Statement.class),
          (self, called, given) -> onStatement((Connection) proxy, statement, called, given));
    }
    return result;
  }

  private Object onStatement(
      Connection proxy, Statement statement, Method method, Object[] arguments) throws Throwable {
    Object result = call(statement, method, arguments);
    String name = method.getName();
    if (name.equals("getConnection")) {
      return proxy;
    }
    boolean query = name.equals("executeQuery") || Boolean.TRUE.equals(result);
    if (name.startsWith("execute") && !query) {
      executed();
    }
    return result;
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
