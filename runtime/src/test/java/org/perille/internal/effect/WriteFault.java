package org.perille.internal.effect;

/** How a write ends. */
enum WriteFault {
  /** It succeeds. */
  NONE,
  /** It fails, and nothing is stored. */
  BEFORE,
  /** It is stored, and nobody gets to know. */
  AFTER;

  boolean stores() {
    return this != BEFORE;
  }
}
