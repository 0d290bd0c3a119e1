package org.perille.internal.failure;

import org.perille.DeadLetter;
import org.perille.internal.failure.FailureEvent.Cause;

/** The cause that is stored for an attempt whose worker or node ended while it was under way. */
final class Interruption {
  static final Cause CAUSE =
      new Cause(
          DeadLetter.Failure.CRASH,
          "",
          "the node or the worker ended while the message was being handled");

  private Interruption() {}
}
