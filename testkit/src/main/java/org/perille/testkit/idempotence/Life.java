package org.perille.testkit.idempotence;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.perille.testkit.idempotence.Disturbance.Kind;
import org.perille.testkit.idempotence.Step.Action;

/**
 * One life of the process that handles messages: everything that belongs to it can do nothing more
 * once it has ended.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class Life {
  private final Steps steps;
  private final List<Connection> connections = new ArrayList<>();
  private volatile boolean dead;

  Life(Steps steps) {
    this.steps = steps;
  }

  Steps steps() {
    return steps;
  }

  boolean isDead() {
    return dead;
  }

  /** Throws if this life has ended, whatever wants to go on. */
  void requireAlive() {
    if (dead) {
      throw new SimulatedCrash();
    }
  }

  /** Ends it here. */
  SimulatedCrash crash() {
    dead = true;
    return new SimulatedCrash();
  }

  /**
   * The runtime comes to a place with a name.
   *
   * @return what happens there, but a crash, which is thrown
   */
  Kind at(String place) {
    return at(new Step.Place(place, false));
  }

  /** {@link #at(String)} where the runtime is about to write something, which may fail. */
  Kind beforeWrite(String place) {
    return at(new Step.Place(place, true));
  }

  private Kind at(Step.Place place) {
    requireAlive();
    Kind kind = steps.next(place);
    if (kind == Kind.CRASH) {
      throw crash();
    }
    return kind;
  }

  /** What is to happen to a call that is about to be made. */
  Kind next(Action action) {
    requireAlive();
    return steps.next(action);
  }

  synchronized void opened(Connection connection) {
    connections.add(connection);
  }

  /** What the database does with the connections of a process that is gone. */
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
