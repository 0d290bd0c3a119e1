package org.perille.persistence.internal;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * The connections of a process that dies at one of its statements or commits: before the database
 * executes it, or after, so that the answer is lost. Then nothing works any more.
 */
public final class DyingDataSource {
  private final DataSource source;
  private final int deathAt;
  private final boolean executes;
  private final Runnable onDeath;
  private final AtomicInteger calls = new AtomicInteger();
  private volatile boolean dead;

  /**
   * Creates the connections.
   *
   * @param deathAt the number of the statement or commit, from 1
   * @param executes whether the database executes it
   * @param onDeath called once
   */
  public DyingDataSource(DataSource source, int deathAt, boolean executes, Runnable onDeath) {
    this.source = source;
    this.deathAt = deathAt;
    this.executes = executes;
    this.onDeath = onDeath;
  }

  public boolean isDead() {
    return dead;
  }

  public DataSource source() {
    return proxy(DataSource.class, source);
  }

  private <T> T proxy(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> wrap(run(target, method, arguments))));
  }

  private Object wrap(Object result) {
    if (result instanceof Connection connection) {
      return proxy(Connection.class, connection);
    }
    if (result instanceof PreparedStatement statement) {
      return proxy(PreparedStatement.class, statement);
    }
    return result instanceof Statement statement ? proxy(Statement.class, statement) : result;
  }

  private Object run(Object target, Method method, Object[] arguments) throws Throwable {
    boolean counts = method.getName().startsWith("execute") || method.getName().equals("commit");
    if (dead && (counts || method.getName().equals("getConnection"))) {
      throw new SQLException("this process is dead", "08006");
    }
    if (counts && calls.incrementAndGet() == deathAt) {
      dead = true;
      if (executes) {
        Object unused = call(target, method, arguments);
      }
      onDeath.run();
      throw new SQLException("this process dies here", "08006");
    }
    return call(target, method, arguments);
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
