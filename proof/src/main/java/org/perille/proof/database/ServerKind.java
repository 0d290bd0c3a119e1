package org.perille.proof.database;

/** Where databases differ in what a failed statement does to its transaction. */
public enum ServerKind {
  /** The statement is undone, and the transaction goes on. */
  H2,
  /** Every further statement of the transaction fails, and so does its commit. */
  POSTGRESQL
}
