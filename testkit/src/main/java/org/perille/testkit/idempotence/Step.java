package org.perille.testkit.idempotence;

import java.util.List;
import java.util.Optional;

/**
 * A step of a run, after which the process can crash.
 *
 * @param number its position in the run, from 1
 * @param message the offset of the message that is handled
 * @param where the part of handling that it belongs to
 * @param action the action
 */
record Step(int number, long message, Where where, Action action) {
  /** The parts of handling a message. */
  enum Where {
    /** The runtime prepares the call of the handler. */
    BEFORE,
    /** The handler runs. */
    HANDLER,
    /** The runtime makes the result durable. */
    AFTER
  }

  /** An action. */
  sealed interface Action {
    /** Returns a human-readable description. */
    String words();
  }

  /**
   * A named place of the runtime.
   *
   * @param canFail true if the next action can fail
   */
  record Point(String words, boolean canFail) implements Action {}

  /**
   * A call of the database.
   *
   * @param call the method, such as {@code PreparedStatement.executeUpdate}
   * @param sql the SQL of the statement that it belongs to
   * @param own true if it is on another connection than the delivery's
   */
  record Jdbc(String call, Optional<String> sql, boolean own) implements Action {
    @Override
    public String words() {
      return call
          + sql.map(text -> " of '" + text + "'").orElse("")
          + (own ? ", on a connection of its own" : "");
    }

    /** Returns whether the call makes the database do something. */
    boolean executes() {
      return call.contains(".execute") || call.endsWith(".commit");
    }
  }

  /**
   * A call of the outside world.
   *
   * @param method the method, such as {@code PaymentProvider.charge}
   * @param arguments the arguments as text
   */
  record Outside(String method, List<String> arguments) implements Action {
    @Override
    public String words() {
      return method + "(" + String.join(", ", arguments) + ")";
    }
  }

  /** Returns whether the call alone can fail here, without the process. */
  boolean canFail() {
    return !(action instanceof Point place) || place.canFail();
  }
}
