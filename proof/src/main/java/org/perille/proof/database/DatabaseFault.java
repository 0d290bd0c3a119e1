package org.perille.proof.database;

/** A fault of a database, as a client experiences it. */
public enum DatabaseFault {
  /** No connection is available. */
  CONNECTION_REFUSED,
  /** The pool lends a connection whose session the server has ended. */
  CONNECTION_STALE,
  /** A statement fails, and the server continues. */
  STATEMENT_FAILED,
  /** The connection breaks before or after the execution of a statement. */
  CONNECTION_BROKEN,
  /** Nothing is committed. */
  COMMIT_FAILED,
  /** The transaction is committed, and the connection breaks before the answer. */
  COMMIT_UNANSWERED;

  /** Returns whether the fault happens to commits, rather than to other calls. */
  public boolean isOfCommit() {
    return this == COMMIT_FAILED || this == COMMIT_UNANSWERED;
  }
}
