package org.perille.proof.database;

/** The behavior of a transaction after one of its statements has failed. */
public enum ServerKind {
  /** The statement is undone, and the transaction continues. */
  H2,
  /** Every further statement of the transaction fails, and so does its commit. */
  POSTGRESQL
}
