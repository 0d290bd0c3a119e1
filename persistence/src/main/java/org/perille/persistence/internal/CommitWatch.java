package org.perille.persistence.internal;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Connections that notify an outbox when a transaction that has published commits.
 *
 * <p>All calls are passed on. A notification is only a hint, so nothing depends on it.
 */
final class CommitWatch {
  /** A connection that is watched. A pool above it finds it by {@code unwrap}. */
  interface Watched {
    /** Records that the transaction has published. */
    void published();
  }

  private CommitWatch() {}

  /** Returns a {@code DataSource} whose connections are watched. */
  static DataSource over(DataSource dataSource, Runnable committed) {
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
                        ? watch((Connection) result, committed)
                        : result;
                  }
                });
  }

  /** Records that a connection's transaction has published, if the connection is watched. */
  static void published(Connection connection) {
    try {
      if (connection instanceof Watched watched) {
        watched.published();
      } else if (connection.isWrapperFor(Watched.class)) {
        connection.unwrap(Watched.class).published();
      }
    } catch (SQLException | RuntimeException | AbstractMethodError e) {
      // The relay finds the row a little later.
      return;
    }
  }

  private static Connection watch(Connection connection, Runnable committed) {
    boolean[] published = new boolean[1];
    return (Connection)
        Proxy.newProxyInstance(
            CommitWatch.class.getClassLoader(),
            new Class<?>[] {Connection.class, Watched.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "equals" -> proxy == arguments[0];
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "published" -> {
                    published[0] = true;
                    yield null;
                  }
                  case "isWrapperFor" ->
                      arguments[0] == Watched.class
                          || (boolean) call(connection, method, arguments);
                  case "unwrap" ->
                      arguments[0] == Watched.class ? proxy : call(connection, method, arguments);
                  default -> {
                    Object result = call(connection, method, arguments);
                    after(method, arguments, published, committed);
                    yield result;
                  }
                });
  }

  private static void after(
      Method method, Object[] arguments, boolean[] published, Runnable committed) {
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
    if (published[0] && ends) {
      published[0] = false;
      if (commits) {
        committed.run();
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
}
