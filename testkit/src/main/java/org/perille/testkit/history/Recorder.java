package org.perille.testkit.history;

/**
 * A recorder of operations.
 *
 * <p><b>Guarantee</b>: an operation is in the history when {@code record} returns.
 *
 * <p><b>Threading</b>: implementations are safe for use by several threads.
 */
@FunctionalInterface
public interface Recorder {

  /** Adds an operation. */
  void record(Operation operation);

  /** Returns a number for a publish or a handler's attempt, unique among all processes. */
  default long newCall() {
    return Calls.next();
  }
}
