package org.perille.testkit.history;

/** How a publish, or a handler's attempt, ended. */
public enum Outcome {
  /** It happened: there is a receipt, or the handler returned. */
  OK,
  /** It certainly did not happen: the publish was refused, or the handler threw or nacked. */
  FAILED,
  /**
   * Nobody can say: a time-out, a lost connection, a killed client. Never to be recorded as {@link
   * #FAILED}.
   */
  UNKNOWN
}
