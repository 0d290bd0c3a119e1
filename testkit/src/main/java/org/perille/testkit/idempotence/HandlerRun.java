package org.perille.testkit.idempotence;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.perille.testkit.idempotence.Disturbance.Kind;
import org.perille.testkit.idempotence.Step.Action;

/**
 * One run of the process that handles messages. After its end no part of it can act any more.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class HandlerRun {
  private final Steps steps;
  private final List<Connection> connections = new ArrayList<>();
  private volatile boolean dead;

  HandlerRun(Steps steps) {
    this.steps = steps;
  }

  Steps steps() {
    return steps;
  }

  boolean isDead() {
    return dead;
  }

  /** Throws if this run has ended. */
  void requireAlive() {
    if (dead) {
      throw new SimulatedCrash();
    }
  }

  /** Ends this run here. */
  SimulatedCrash crash() {
    dead = true;
    return new SimulatedCrash();
  }

  /**
   * Marks a named place of the runtime.
   *
   * @return the disturbance there; a crash is thrown instead
   */
  Kind at(String place) {
    return at(new Step.Point(place, false));
  }

  /** Marks a place, like {@link #at(String)}, before a write of the runtime that may fail. */
  Kind beforeWrite(String place) {
    return at(new Step.Point(place, true));
  }

  private Kind at(Step.Point place) {
    requireAlive();
    Kind kind = steps.next(place);
    if (kind == Kind.CRASH) {
      throw crash();
    }
    return kind;
  }

  /** Returns the disturbance of the next call. */
  Kind next(Action action) {
    requireAlive();
    return steps.next(action);
  }

  synchronized void opened(Connection connection) {
    connections.add(connection);
  }

  /** Ends this run, and closes its connections as the database does for a lost process. */
  synchronized void end() throws SQLException {
    dead = true;
    for (Connection connection : connections) {
      if (!connection.isClosed()) {
        if (!connection.getAutoCommit()) {
          connection.rollback();
        }
        connection.close();
      }
    }
    connections.clear();
  }
}
