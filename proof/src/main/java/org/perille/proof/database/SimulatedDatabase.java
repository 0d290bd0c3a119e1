package org.perille.proof.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A database of one simulation.
 *
 * <p>A real engine provides transactions, locks and isolation. The simulation chooses the failures
 * and their consequences. For example, a client may vanish, and its session keeps its locks until
 * the server ends it.
 *
 * <p><b>Threading</b>: one thread.
 */
public final class SimulatedDatabase {
  private final Engine engine;
  private final Random random;
  private final ServerKind kind;
  private final int isolation;
  private final Optional<Driver> driver;
  private final List<SimulatedSession> sessions = new ArrayList<>();

  /** The number of commits with changes. */
  private long written;

  /** The number of those commits that are on the disk. */
  private volatile long forced;

  /**
   * Creates a database with empty tables.
   *
   * @param name the same for each database with the same tables
   * @param isolation the isolation level of each connection: a constant of {@link Connection}
   */
  public SimulatedDatabase(
      String name, Tables tables, Random random, ServerKind kind, int isolation) {
    this(name, tables, random, kind, isolation, Optional.empty());
  }

  /**
   * Creates a database that doesn't force commits by itself.
   *
   * @param driver forces each commit to the disk before it returns
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

  /**
   * Returns a connection that sees committed data, and never fails. The caller must not close it.
   */
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

  /** Counts a commit that begins. */
  void writing() {
    written++;
  }

  /** Uncounts a commit that has changed nothing. */
  void notWritten() {
    written--;
  }

  /** Returns whether all commits would survive a power failure. */
  boolean isForced() {
    return driver.isEmpty() || forced == written;
  }

  /** Ends a session on the server. Its transaction is rolled back. */
  void end(SimulatedSession session) throws SQLException {
    if (sessions.remove(session)) {
      engine.giveBack(session.engineConnection());
    }
  }

  /** Returns whether sessions of vanished clients still hold their locks. */
  public boolean hasVanished() {
    return sessions.stream().anyMatch(SimulatedSession::isVanished);
  }

  /** Ends the sessions of vanished clients, as the server's time-outs do. */
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
   * Replaces the server by its standby, which has all commits.
   *
   * <p>Open transactions are lost. Some idle sessions remain with the former server, which is
   * read-only from then on.
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
