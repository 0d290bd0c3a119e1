package org.perille.testkit.history;

/** The phase of an operation that a fault hit. */
public enum Phase {
  /** A write was decided and not yet made. */
  BEFORE_WRITE,
  /** A write was made, and its answer not yet received. */
  AFTER_WRITE,
  /** The answer was received, and not yet passed on: confirmed, acknowledged. */
  AFTER_ANSWER,
  /** A successor was reading the state of its predecessor. */
  RECOVERING,
  /** A worker or partition was being handed over. */
  HANDING_OFF,
  /** The phase wasn't determined. Doesn't count for a demand. */
  UNKNOWN
}
