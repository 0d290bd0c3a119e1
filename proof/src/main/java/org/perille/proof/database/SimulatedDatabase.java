package org.perille.proof.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A database of one simulation. The engine behind it is a real one, with its own transactions,
 * locks and isolation. What fails, and what a failure leaves behind, is chosen by the simulation: a
 * client may vanish, and its session then keeps its locks until the server ends it. Used by one
 * thread.
 */
public final class SimulatedDatabase {
  private final Engine engine;
  private final Random random;
  private final ServerKind kind;
  private final int isolation;
  private final Optional<Driver> driver;
  private final List<SimulatedSession> sessions = new ArrayList<>();

  /** Commits that have changed something. */
  private long written;

  /** So many of them are on the disk. */
  private volatile long forced;

  /**
   * Creates a database with empty tables.
   *
   * @param name the same for each database with the same tables
   * @param isolation level of each connection: a constant of {@link Connection}
   */
  public SimulatedDatabase(
      String name, Tables tables, Random random, ServerKind kind, int isolation) {
    this(name, tables, random, kind, isolation, Optional.empty());
  }

  /**
   * Creates a database that forces nothing by itself, so that its driver has to.
   *
   * @param driver forces what it commits before it returns
   */
  public SimulatedDatabase(
      String name, Tables tables, Random random, ServerKind kind, int isolation, Driver driver) {
    this(name, tables, random, kind, isolation, Optional.of(driver));
  }

  private SimulatedDatabase(
      String name,
      Tables tables,
      Random random,
      ServerKind kind,
      int isolation,
      Optional<Driver> driver) {
    this.engine = Engine.cleared(name, tables);
    this.random = random;
    this.kind = kind;
    this.isolation = isolation;
    this.driver = driver;
  }

  /** A connection that sees what is committed, and never fails. It is to be left open. */
  public Connection admin() {
    return engine.admin();
  }

  ServerKind kind() {
    return kind;
  }

  Random random() {
    return random;
  }

  SimulatedSession open() throws SQLException {
    Connection connection = engine.take();
    if (connection.getTransactionIsolation() != isolation) {
      connection.setTransactionIsolation(isolation);
    }
    Connection used = driver.isPresent() ? driver.get().wrap(connection, this::force) : connection;
    SimulatedSession session = new SimulatedSession(this, connection, used);
    sessions.add(session);
    return session;
  }

  private void force() {
    forced = written;
  }

  /** A commit begins. */
  void writing() {
    written++;
  }

  /** It has changed nothing. */
  void notWritten() {
    written--;
  }

  /** Returns whether a power failure leaves all that is committed. */
  boolean isForced() {
    return driver.isEmpty() || forced == written;
  }

  /** The server has noticed that a session is over: its transaction is rolled back. */
  void end(SimulatedSession session) throws SQLException {
    if (sessions.remove(session)) {
      engine.giveBack(session.engineConnection());
    }
  }

  /** Returns whether sessions whose clients have vanished still have their locks. */
  public boolean hasVanished() {
    return sessions.stream().anyMatch(SimulatedSession::isVanished);
  }

  /** Ends sessions whose clients have vanished, as the server's time-outs do. */
  public void endVanished() {
    try {
      for (SimulatedSession session : List.copyOf(sessions)) {
        if (session.isVanished()) {
          end(session);
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The server is replaced by its standby, which has all that was committed. Transactions that are
   * open are lost. Some idle sessions remain with the former server, which is read-only by then.
   */
  public void failOver() {
    try {
      for (SimulatedSession session : List.copyOf(sessions)) {
        if (!session.isReadOnly()) {
          session.failOver(random.nextBoolean());
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
