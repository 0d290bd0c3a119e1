package org.perille.testkit;

/** Where a node crashes while a message is handled. */
public enum CrashPoint {
  /** The handler was given the message, and has done nothing. */
  BEFORE_HANDLER,
  /**
   * The handler has answered, and nobody has heard it: what it did outside is done, its JDBC
   * transaction is not committed, its events are not stored, the cursor isn't durable.
   */
  BEFORE_COMMIT,
  /** The JDBC transaction with the effect and the cursor is committed, and nobody has heard it. */
  AFTER_COMMIT
}
