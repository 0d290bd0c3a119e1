package org.perille.testkit.history;

/** The outcome of a publish, or of a handler's attempt. */
public enum Outcome {
  /** Success: there is a receipt, or the handler returned. */
  OK,
  /**
   * Failure, certainly without an effect: the publish was refused, or the handler threw or nacked.
   */
  FAILED,
  /** Unknown: a time-out, a lost connection, a killed client. Never recorded as {@link #FAILED}. */
  UNKNOWN
}
