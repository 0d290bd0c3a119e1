package org.perille.proof.delivery;

/** The events on a simulated database that a long series of runs must contain. */
enum StorageMark {
  NOT_STARTED,
  RUN_AGAIN,
  ERROR_SWALLOWED,
  VANISHED,
  VANISHED_ENDED,
  COMMITTED_AFTER_CRASH,
  LOCK_AWAITED_IN_VAIN,
  FAILED_OVER,
  EFFECT_OF_SEVERAL,
  ROWS_SHARE_TRANSACTION,
  STORED_AFTER_CRASH,
  NODE_CRASHED
}
