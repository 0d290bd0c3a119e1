package org.perille;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** The components of {@link OutboxStatus}. A public record could not get further ones. */
record OutboxStatusValue(
    long waiting, Duration age, long deadLetters, long parked, Optional<String> node)
    implements OutboxStatus {
  OutboxStatusValue {
    Objects.requireNonNull(age, "age");
    Objects.requireNonNull(node, "node");
  }
}
