package org.perille.internal.effect;

/**
 * A message of the model that the cursor passes though it isn't handled.
 *
 * @param attempts that failed in a row
 * @param parks whether the later messages of its key wait, if it is a dead letter
 */
record DeferredOne(String key, Status status, int attempts, boolean parks) {
  enum Status {
    /** It failed, and is tried again before its key goes on. */
    RETRIED,
    /** It waits behind a dead letter. */
    PARKED,
    /** It was given up. */
    LETTER,
    /** It was a dead letter, and is handled again. */
    REDRIVEN
  }

  boolean is(Status one) {
    return status == one;
  }

  /** Returns whether it was given up at any time, and not handled since. */
  boolean isGivenUp() {
    return is(Status.LETTER) || is(Status.REDRIVEN);
  }
}
