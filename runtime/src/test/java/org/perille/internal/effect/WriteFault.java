package org.perille.internal.effect;

/** The outcome of a write. */
enum WriteFault {
  /** It succeeds. */
  NONE,
  /** It fails, and nothing is stored. */
  BEFORE,
  /** It is stored, and its answer is lost. */
  AFTER;

  boolean stores() {
    return this != BEFORE;
  }
}
