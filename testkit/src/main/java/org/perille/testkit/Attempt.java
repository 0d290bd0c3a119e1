package org.perille.testkit;

import java.util.Objects;
import java.util.Optional;
import org.perille.Delivery;

/**
 * A call of a subscription's handler, and its outcome.
 *
 * @param delivery the argument of the handler: the message, the number of the attempt, and the
 *     redelivered flag
 * @param outcome the outcome so far
 * @param failure the cause of the failure, if the attempt failed
 */
public record Attempt<T>(Delivery<T> delivery, Outcome outcome, Optional<Throwable> failure) {
  /** The outcome of an attempt. */
  public enum Outcome {
    /** The handler hasn't returned, or its stage isn't complete. */
    RUNNING,
    /** The handler has finished, and an effect that is committed with the cursor is committed. */
    DONE,
    /** The handler has failed, or its answer was lost. */
    FAILED,
    /**
     * The transaction was rolled back because of another message in it. The attempt is repeated.
     */
    ROLLED_BACK,
    /** The node crashed before the outcome was stored. */
    CRASHED
  }

  public Attempt {
    Objects.requireNonNull(delivery, "delivery");
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(failure, "failure");
  }

  /** Returns the payload of the message. */
  public T payload() {
    return delivery.payload();
  }

  @Override
  public String toString() {
    return "attempt %d%s of %s (%s): %s%s"
        .formatted(
            delivery.attempt(),
            delivery.redelivered() ? ", redelivered," : "",
            delivery.payload(),
            place(),
            switch (outcome) {
              case RUNNING -> "its handler has not answered";
              case DONE -> "done";
              case FAILED -> "failed";
              case ROLLED_BACK -> "rolled back because of another message in its transaction";
              case CRASHED -> "the node crashed";
            },
            failure.map(cause -> ": " + cause).orElse(""));
  }

  private String place() {
    return "key '%s', partition %d, offset %d"
        .formatted(delivery.key(), delivery.partition(), delivery.offset());
  }
}
