package org.perille.internal.subscribe;

/** What the stories on a simulated database must have gone through besides. */
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
