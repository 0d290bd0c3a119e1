package org.perille.persistence.internal;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;
import javax.sql.DataSource;

/**
 * Connections that notify outboxes when a transaction that has published commits.
 *
 * <p>All calls are passed on. A notification is only a hint, so nothing depends on it.
 */
final class CommitWatch {
  /** A connection that knows when it commits. A wrapper of it finds it by {@code unwrap}. */
  interface Watched {
    /**
     * Registers an action for the commit of the present transaction. It isn't run after a rollback.
     *
     * @param action is run once, however often it is registered. Neither blocks nor throws
     */
    void onCommit(Runnable action);
  }

  private CommitWatch() {}

  /** Returns a {@code DataSource} whose connections are watched. */
  static DataSource over(DataSource dataSource) {
    return (DataSource)
        Proxy.newProxyInstance(
            CommitWatch.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "equals" -> proxy == arguments[0];
                  case "hashCode" -> System.identityHashCode(proxy);
                  default -> {
                    Object result = call(dataSource, method, arguments);
                    yield method.getReturnType() == Connection.class && result != null
                        ? watch((Connection) result)
                        : result;
                  }
                });
  }

  /**
   * Runs an action when a connection's transaction commits, if the connection is watched.
   *
   * @param action neither blocks nor throws
   */
  static void onCommit(Connection connection, Runnable action) {
    try {
      if (connection instanceof Watched watched) {
        watched.onCommit(action);
      } else if (connection.isWrapperFor(Watched.class)) {
        connection.unwrap(Watched.class).onCommit(action);
      }
    } catch (SQLException | RuntimeException | AbstractMethodError e) {
      // The relay finds the row a little later.
      return;
    }
  }

  private static Connection watch(Connection connection) {
    // At most one for each outbox.
    Set<Runnable> actions = new LinkedHashSet<>();
    return (Connection)
        Proxy.newProxyInstance(
            CommitWatch.class.getClassLoader(),
            new Class<?>[] {Connection.class, Watched.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "equals" -> proxy == arguments[0];
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "onCommit" -> {
                    actions.add((Runnable) arguments[0]);
                    yield null;
                  }
                  case "isWrapperFor" ->
                      arguments[0] == Watched.class
                          || (boolean) call(connection, method, arguments);
                  case "unwrap" ->
                      arguments[0] == Watched.class ? proxy : call(connection, method, arguments);
                  default -> {
                    Object result = call(connection, method, arguments);
                    after(method, arguments, actions);
                    yield result;
                  }
                });
  }

  private static void after(Method method, Object[] arguments, Set<Runnable> actions) {
    boolean commits =
        switch (method.getName()) {
          case "commit" -> true;
          case "setAutoCommit" -> (boolean) arguments[0];
          default -> false;
        };
    boolean ends =
        commits
            || method.getName().equals("close")
            || (method.getName().equals("rollback") && method.getParameterCount() == 0);
    if (ends) {
      if (commits) {
        actions.forEach(Runnable::run);
      }
      actions.clear();
    }
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
