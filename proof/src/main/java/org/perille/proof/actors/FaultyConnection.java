package org.perille.proof.actors;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransactionRollbackException;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.perille.testkit.history.Phase;

/** A connection that breaks or is slow when something is committed or read. */
final class FaultyConnection implements InvocationHandler {
  private final Injection injection;
  private final Connection connection;
  private final Random random;

  FaultyConnection(Injection injection, Connection connection) {
    this.injection = injection;
    this.connection = connection;
    this.random = new Random(injection.seed() ^ System.nanoTime());
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("commit")) {
      commit();
      return null;
    }
    if (method.getName().equals("prepareStatement") && arguments[0] instanceof String sql) {
      beforeReading(sql.toLowerCase(Locale.ROOT));
    }
    try {
      return method.invoke(connection, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private void commit() throws SQLException {
    Optional<FaultKind> fault =
        injection
            .faults()
            .next(
                random,
                FaultKind.COMMIT_FAILED,
                FaultKind.COMMIT_UNANSWERED,
                FaultKind.COMMIT_LATE);
    if (fault.isEmpty()) {
      connection.commit();
      return;
    }
    switch (fault.get()) {
      case COMMIT_FAILED -> fail();
      case COMMIT_UNANSWERED -> {
        connection.commit();
        happened(FaultKind.COMMIT_UNANSWERED, Phase.AFTER_WRITE, "");
        throw broken();
      }
      default -> {
        boolean written = random.nextBoolean();
        happened(FaultKind.COMMIT_LATE, written ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE, "");
        if (!written) {
          pause();
        }
        connection.commit();
        if (written) {
          pause();
        }
      }
    }
  }

  private void fail() throws SQLException {
    connection.rollback();
    boolean told = random.nextBoolean();
    happened(FaultKind.COMMIT_FAILED, Phase.BEFORE_WRITE, told ? " and says so" : "");
    if (told) {
      throw new SQLTransactionRollbackException("injected: rolled back", "40001");
    }
    throw broken();
  }

  /**
   * Fails a read by chance. Recovering actors read snapshots; the phase of any other read is
   * unknown.
   */
  private void beforeReading(String sql) throws SQLException {
    if ((sql.startsWith("select") || sql.startsWith("SELECT asked."))
        && injection.faults().next(random, FaultKind.READ_FAILED).isPresent()) {
      happened(
          FaultKind.READ_FAILED,
          sql.contains("perille_snapshot") ? Phase.RECOVERING : Phase.UNKNOWN,
          "");
      throw broken();
    }
  }

  private void happened(FaultKind kind, Phase phase, String detail) {
    injection.faults().happened(kind, phase, injection.node() + detail);
  }

  /** Closes the connection. Further use finds it closed, as if its server had gone. */
  private SQLException broken() throws SQLException {
    connection.close();
    return new SQLNonTransientConnectionException("injected: the connection has broken", "08006");
  }

  /** Blocks the thread, as a slow database does. */
  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(injection.faults().delay(random).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
