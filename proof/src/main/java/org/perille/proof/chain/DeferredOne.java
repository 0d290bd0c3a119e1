package org.perille.proof.chain;

/**
 * A message of the model that the cursor may pass although it isn't handled.
 *
 * @param attempts the failed attempts in a row
 * @param parks whether the later messages of its key wait while it is a dead letter
 */
record DeferredOne(String key, Status status, int attempts, boolean parks) {
  enum Status {
    /** The message failed, and the worker retries it before the next one of its key. */
    RETRIED,
    /** The message waits behind a dead letter. */
    PARKED,
    /** The message is a dead letter. */
    LETTER,
    /** The message was a dead letter, and the worker handles it again. */
    REDRIVEN
  }

  boolean is(Status one) {
    return status == one;
  }

  /** Returns whether the message was given up at any time, and not handled since. */
  boolean isGivenUp() {
    return is(Status.LETTER) || is(Status.REDRIVEN);
  }
}
