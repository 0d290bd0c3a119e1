package org.perille.persistence.internal;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/** What an effect gets: a connection on which it can do everything but end the transaction. */
final class GuardedConnection {
  private static final Set<String> FORBIDDEN =
      Set.of(
          "commit",
          "close",
          "abort",
          "setAutoCommit",
          "setReadOnly",
          "setTransactionIsolation",
          "beginRequest",
          "endRequest");

  private GuardedConnection() {}

  static Connection of(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            GuardedConnection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              boolean rollsAllBack =
                  method.getName().equals("rollback") && method.getParameterCount() == 0;
              if (rollsAllBack || FORBIDDEN.contains(method.getName())) {
                throw new SQLException(
                    method.getName()
                        + "() is not for a handler to call: Perille commits the effect together with the cursor. Throw an exception to roll back, or use a savepoint");
              }
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
