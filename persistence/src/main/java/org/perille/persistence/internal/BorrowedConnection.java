package org.perille.persistence.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of the application's pool, which returns to it as it was.
 *
 * <p>A connection that can't be restored is aborted first, so that the pool discards it: the
 * application must not get one with Perille's settings, or inside of a transaction.
 *
 * <p><b>Threading</b>: used by one thread at a time.
 */
final class BorrowedConnection implements InvocationHandler {
  private static final Logger LOG = LoggerFactory.getLogger(BorrowedConnection.class);

  private final Connection connection;
  private final boolean autoCommit;
  private final Map<String, String> restored = new LinkedHashMap<>();
  private Optional<Integer> ownAnswerMillis = Optional.empty();
  private boolean closed;

  private BorrowedConnection(Connection connection, boolean autoCommit) {
    this.connection = connection;
    this.autoCommit = autoCommit;
  }

  static BorrowedConnection of(Connection connection) throws SQLException {
    try {
      return new BorrowedConnection(connection, connection.getAutoCommit());
    } catch (SQLException | RuntimeException | Error e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Sets the modes in which Perille uses connections.
   *
   * @param answer the limit of the time that this side waits for an answer
   */
  void begin(Optional<Duration> answer) throws SQLException {
    if (!autoCommit) {
      // Commits what the pool itself has done on the connection, such as settings of the session.
      connection.setAutoCommit(true);
    }
    if (answer.isPresent()) {
      try {
        ownAnswerMillis = Optional.of(connection.getNetworkTimeout());
        connection.setNetworkTimeout(Runnable::run, (int) answer.get().toMillis());
      } catch (SQLFeatureNotSupportedException e) {
        LOG.debug("The application's connections have no network time-out", e);
      }
    }
  }

  /** Sets these session settings when the connection is returned. */
  void restoreLater(Map<String, String> settings) {
    restored.putAll(settings);
  }

  Connection proxy() {
    return (Connection)
        Proxy.newProxyInstance(
            BorrowedConnection.class.getClassLoader(), new Class<?>[] {Connection.class}, this);
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    switch (method.getName()) {
      case "close" -> {
        close();
        return null;
      }
      case "isClosed" -> {
        return closed || connection.isClosed();
      }
      case "equals" -> {
        return proxy == arguments[0];
      }
      case "hashCode" -> {
        return System.identityHashCode(proxy);
      }
      default -> {
        if (closed) {
          throw new SQLException("the connection was returned to the application's pool", "08003");
        }
        try {
          return method.invoke(connection, arguments);
        } catch (InvocationTargetException e) {
          throw e.getCause();
        }
      }
    }
  }

  private void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (!connection.getAutoCommit()) {
        connection.rollback();
        connection.setAutoCommit(true);
      }
      restoreSettings();
      if (ownAnswerMillis.isPresent()) {
        connection.setNetworkTimeout(Runnable::run, ownAnswerMillis.get());
      }
      if (!autoCommit) {
        connection.setAutoCommit(false);
      }
    } catch (SQLException | RuntimeException e) {
      LOG.info("A connection of the application's DataSource is broken: {}", e.getMessage());
      abort();
    }
    giveBack();
  }

  private void restoreSettings() throws SQLException {
    if (restored.isEmpty()) {
      return;
    }
    String sql =
        restored.keySet().stream()
            .map(name -> "set_config('" + name + "', ?, false)")
            .collect(Collectors.joining(", ", "SELECT ", ""));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int parameter = 1;
      for (String value : restored.values()) {
        statement.setString(parameter++, value);
      }
      boolean unused = statement.execute();
    }
  }

  /** Returns the connection to the pool, which is to discard it. */
  void discard() {
    closed = true;
    abort();
    giveBack();
  }

  private void abort() {
    try {
      connection.abort(Runnable::run);
      // The pool learns by a failing call that the connection is broken.
      connection.rollback();
    } catch (SQLException | RuntimeException e) {
      LOG.debug("A connection was aborted", e);
    }
  }

  private void giveBack() {
    try {
      connection.close();
    } catch (SQLException | RuntimeException e) {
      LOG.debug("A connection can't be returned", e);
    }
  }
}
