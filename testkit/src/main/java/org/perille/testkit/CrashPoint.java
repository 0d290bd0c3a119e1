package org.perille.testkit;

/** The point of handling a message at which a node crashes. */
public enum CrashPoint {
  /** The handler hasn't started. */
  BEFORE_HANDLER,
  /**
   * The handler has finished, and its answer is lost.
   *
   * <p>Its effect outside is done. Its JDBC transaction isn't committed, its events aren't stored,
   * and the cursor isn't durable.
   */
  BEFORE_COMMIT,
  /** The JDBC transaction with the effect and the cursor is committed, and the answer is lost. */
  AFTER_COMMIT
}
