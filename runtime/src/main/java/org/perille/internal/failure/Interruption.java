package org.perille.internal.failure;

import org.perille.DeadLetter;
import org.perille.internal.failure.FailureEvent.Cause;

/** What is known of an attempt that was under way when its worker ended. */
final class Interruption {
  static final Cause CAUSE =
      new Cause(
          DeadLetter.Failure.CRASH,
          "",
          "the node or the worker ended while the message was being handled");

  private Interruption() {}
}
