package org.perille.testkit.history;

/**
 * Takes down what happens.
 *
 * <p><b>Guarantee</b>: what was recorded when {@code record} returned is in the history.
 *
 * <p><b>Threading</b>: implementations are safe for use by several threads.
 */
@FunctionalInterface
public interface Recorder {

  /** Adds an operation. */
  void record(Operation operation);

  /**
   * The number of a publish, or of a handler's attempt: of one process, or of another one, once.
   */
  default long newCall() {
    return Calls.next();
  }
}
