package org.perille.testkit.history;

/** What was under way when a fault began. */
public enum Phase {
  /** A write had been decided and not yet made. */
  BEFORE_WRITE,
  /** A write had been made, and its answer not yet received. */
  AFTER_WRITE,
  /** The answer had been received, and not yet been passed on: confirmed, acknowledged. */
  AFTER_ANSWER,
  /** Somebody was reading what its predecessor had left. */
  RECOVERING,
  /** Somebody was being replaced in good order. */
  HANDING_OFF,
  /** It was not looked at. Counts for no demand. */
  UNKNOWN
}
