package org.perille.proof.database;

/** A fault of a database, as a process meets it that uses it. */
public enum DatabaseFault {
  /** There is no connection. */
  CONNECTION_REFUSED,
  /** A connection whose session the server has ended is taken from the pool. */
  CONNECTION_STALE,
  /** A statement fails, and the server goes on. */
  STATEMENT_FAILED,
  /** The connection breaks before or after a statement is executed. */
  CONNECTION_BROKEN,
  /** Nothing is committed. */
  COMMIT_FAILED,
  /** All is committed, and the connection breaks before the answer. */
  COMMIT_UNANSWERED;

  /** Returns whether it happens to commits, rather than to other calls. */
  public boolean isOfCommit() {
    return this == COMMIT_FAILED || this == COMMIT_UNANSWERED;
  }
}
