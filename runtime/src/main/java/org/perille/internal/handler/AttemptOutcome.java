package org.perille.internal.handler;

import org.perille.internal.failure.FailurePolicy;

/** The outcome of an attempt, or of giving a message up. */
public sealed interface AttemptOutcome {

  /** The message is done. */
  record Done(PendingDelivery delivery) implements AttemptOutcome {}

  /**
   * The attempt failed. The ordering group waits until it is withdrawn or the message is skipped.
   */
  record Failed(PendingDelivery delivery, Throwable cause) implements AttemptOutcome {}

  /**
   * A failed message has no effect, and none can be recorded any more. The worker may record the
   * decision about it.
   */
  record GivenUp(PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision)
      implements AttemptOutcome {}

  /**
   * The effect of a failed message can't be found out at the moment.
   *
   * @param cause of the failed attempt
   * @param unknown reason for which the effect isn't known
   */
  record NotGivenUp(PendingDelivery delivery, Throwable cause, Throwable unknown)
      implements AttemptOutcome {}

  /** The pool can't go on. */
  record Broken(Throwable cause) implements AttemptOutcome {}
}
