package org.perille.proof.cluster;

/** The isolation level of the transactions in which handlers leave their effects. */
enum Isolation {
  READ_COMMITTED,
  REPEATABLE_READ,
  SERIALIZABLE;

  /** Returns the level of a run. */
  static Isolation of(long seed) {
    return values()[(int) Long.remainderUnsigned(seed, values().length)];
  }

  /** Returns the name of the level for a pool. */
  String setting() {
    return "TRANSACTION_" + name();
  }
}
