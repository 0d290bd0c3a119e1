package org.perille.proof.delivery;

/** The outcome of a write of the model. */
enum ModelFault {
  /** The write succeeds. */
  NONE,
  /** The write fails, and nothing is stored. */
  BEFORE,
  /** The write is stored, but the writer doesn't learn of it. */
  AFTER;

  boolean stores() {
    return this != BEFORE;
  }
}
