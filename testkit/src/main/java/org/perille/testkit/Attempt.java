package org.perille.testkit;

import java.util.Objects;
import java.util.Optional;
import org.perille.Delivery;

/**
 * What a subscription's handler was given, and what came of it.
 *
 * @param delivery what the handler was given: the message, the number of the attempt, whether it
 *     was redelivered
 * @param outcome what came of it so far
 * @param failure what the attempt failed of, if it did
 */
public record Attempt<T>(Delivery<T> delivery, Outcome outcome, Optional<Throwable> failure) {
  /** What came of an attempt. */
  public enum Outcome {
    /** The handler hasn't answered. */
    RUNNING,
    /** The handler has answered, and an effect that is committed with the cursor is committed. */
    DONE,
    /** The handler has failed, or its answer was lost. */
    FAILED,
    /** Its transaction was rolled back because of another message in it; it is tried again. */
    ROLLED_BACK,
    /** The node has ended before the answer counted. */
    CRASHED
  }

  public Attempt {
    Objects.requireNonNull(delivery, "delivery");
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(failure, "failure");
  }

  /** The message. */
  public T message() {
    return delivery.message();
  }

  @Override
  public String toString() {
    return "attempt %d%s of %s (%s): %s%s"
        .formatted(
            delivery.attempt(),
            delivery.redelivered() ? ", redelivered," : "",
            delivery.message(),
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
