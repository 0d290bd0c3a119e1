package org.perille;

import java.util.Objects;
import java.util.Optional;

/**
 * The number of dead letters with the same reason, failure and error.
 *
 * @param reason the reason for giving up
 * @param failure the kind of the last attempt's failure
 * @param error the fully qualified class of the last error, if there was one
 * @param count the number of dead letters, 1 or more
 */
public record DeadLetterCount(
    DeadLetter.Reason reason, DeadLetter.Failure failure, Optional<String> error, long count) {
  public DeadLetterCount {
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(failure, "failure");
    Objects.requireNonNull(error, "error");
  }
}
