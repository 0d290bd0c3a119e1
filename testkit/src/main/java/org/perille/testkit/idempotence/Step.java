package org.perille.testkit.idempotence;

import java.util.List;
import java.util.Optional;

/**
 * Something that a run does, after which it can crash.
 *
 * @param number its place in the run, from 1
 * @param message the offset of the message that is handled
 * @param where which part of handling it belongs to
 * @param action what it does
 */
record Step(int number, long message, Where where, Action action) {
  /** Parts of handling a message. */
  enum Where {
    /** The runtime prepares the call of the handler. */
    BEFORE,
    /** The handler runs. */
    HANDLER,
    /** The runtime makes durable what came of it. */
    AFTER
  }

  /** What is done. */
  sealed interface Action {
    /** In words. */
    String words();
  }

  /**
   * The runtime has come to a place that has a name.
   *
   * @param canFail whether it is about to do something that can fail
   */
  record Place(String words, boolean canFail) implements Action {}

  /**
   * A call of the database.
   *
   * @param call the method, such as {@code PreparedStatement.executeUpdate}
   * @param sql of the statement that it belongs to
   * @param own whether on another connection than that of the delivery
   */
  record Jdbc(String call, Optional<String> sql, boolean own) implements Action {
    @Override
    public String words() {
      return call
          + sql.map(text -> " of '" + text + "'").orElse("")
          + (own ? ", on a connection of its own" : "");
    }

    /** Whether it lets the database do something. */
    boolean executes() {
      return call.contains(".execute") || call.endsWith(".commit");
    }
  }

  /**
   * A call of the outside world.
   *
   * @param method such as {@code PaymentProvider.charge}
   * @param arguments as text
   */
  record Outside(String method, List<String> arguments) implements Action {
    @Override
    public String words() {
      return method + "(" + String.join(", ", arguments) + ")";
    }
  }

  /** Whether the outside, or the database, could fail here instead of the whole process. */
  boolean canFail() {
    return !(action instanceof Place place) || place.canFail();
  }
}
