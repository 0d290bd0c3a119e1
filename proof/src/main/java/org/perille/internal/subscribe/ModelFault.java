package org.perille.internal.subscribe;

/** How a write of the model ends. */
enum ModelFault {
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
