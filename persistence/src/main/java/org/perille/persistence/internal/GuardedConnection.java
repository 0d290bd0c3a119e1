package org.perille.persistence.internal;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Wrapper;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connection of an effect, on which it can do everything except end the transaction.
 *
 * <p>It rejects methods and SQL that end it, also on a connection that the effect gets from a
 * statement.
 */
final class GuardedConnection {
  private static final Set<String> FORBIDDEN =
      Set.of(
          "commit",
          "close",
          "abort",
          "setAutoCommit",
          "setReadOnly",
          "setTransactionIsolation",
          "setNetworkTimeout",
          "beginRequest",
          "endRequest");

  /** The types of results that lead back to the connection. */
  private static final List<Class<?>> GUARDED =
      List.of(
          CallableStatement.class,
          PreparedStatement.class,
          Statement.class,
          ResultSet.class,
          DatabaseMetaData.class);

  private final Connection connection;
  private final TransactionEnds ends;
  private final Connection guarded;
  private final Set<Runnable> onCommit = ConcurrentHashMap.newKeySet();
  private volatile boolean used;

  /** Guards a connection. */
  GuardedConnection(Connection connection, TransactionEnds ends) {
    this.connection = connection;
    this.ends = ends;
    this.guarded =
        (Connection) proxy(this::onConnection, Connection.class, CommitWatch.Watched.class);
  }

  /** Returns the connection for the effect. */
  Connection connection() {
    return guarded;
  }

  /** Runs what the effect has registered for the commit. Called after it. */
  void committed() {
    onCommit.forEach(Runnable::run);
  }

  /** Returns whether the effect has called the connection. */
  boolean isUsed() {
    return used;
  }

  @FunctionalInterface
  private interface Call {
    Object on(Method method, Object[] arguments) throws Throwable;
  }

  private static Object proxy(Call call, Class<?>... types) {
    return Proxy.newProxyInstance(
        GuardedConnection.class.getClassLoader(),
        types,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "equals" -> proxy == arguments[0];
              case "hashCode" -> System.identityHashCode(proxy);
              default -> call.on(method, arguments);
            });
  }

  private Object onConnection(Method method, Object[] arguments) throws Throwable {
    if (method.getDeclaringClass() == CommitWatch.Watched.class) {
      onCommit.add((Runnable) arguments[0]);
      return null;
    }
    if (method.getDeclaringClass() == Wrapper.class && arguments[0] == CommitWatch.Watched.class) {
      return method.getName().equals("unwrap") ? guarded : true;
    }
    boolean rollsAllBack = method.getName().equals("rollback") && method.getParameterCount() == 0;
    if (rollsAllBack || FORBIDDEN.contains(method.getName())) {
      throw new SQLException(
          method.getName()
              + "() must not be called by a handler: Perille commits the effect together with the cursor. Throw an exception to roll back, or use a savepoint");
    }
    used = true;
    requireAllowed(method, arguments);
    return guarded(method, call(connection, method, arguments));
  }

  private Object onOther(Object target, Method method, Object[] arguments) throws Throwable {
    if (method.getReturnType() == Connection.class) {
      return guarded;
    }
    requireAllowed(method, arguments);
    return guarded(method, call(target, method, arguments));
  }

  /**
   * Rejects SQL that ends the transaction. Of the methods whose first argument is a text, these
   * take SQL.
   */
  private void requireAllowed(Method method, Object[] arguments) throws SQLException {
    boolean takesSql =
        method.getName().startsWith("prepare")
            || method.getName().startsWith("execute")
            || method.getName().equals("addBatch");
    if (takesSql && arguments != null && arguments[0] instanceof String sql) {
      Optional<String> end = ends.find(sql);
      if (end.isPresent()) {
        throw new SQLException(
            "'%s' would end the transaction and must not be executed by a handler: Perille commits the effect together with the cursor. Throw an exception to roll back, or use a savepoint; change tables before the application starts"
                .formatted(end.get()));
      }
    }
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private Object guarded(Method method, Object result) {
    if (method.getName().equals("unwrap")) {
      // An effect that unwraps the driver's own connection is responsible for its use.
      return result;
    }
    for (Class<?> type : GUARDED) {
      if (type.isInstance(result)) {
        return proxy((called, arguments) -> onOther(result, called, arguments), type);
      }
    }
    return result;
  }
}
