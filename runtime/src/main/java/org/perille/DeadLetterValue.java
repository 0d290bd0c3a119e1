package org.perille;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** The components of a dead letter. A record of the API could not get further ones. */
record DeadLetterValue(
    String subscription,
    String topic,
    int partition,
    long offset,
    String key,
    Reason reason,
    Failure failure,
    Optional<String> error,
    Optional<String> errorMessage,
    int attempts,
    Instant firstFailure,
    Instant lastFailure,
    OnExhausted consequence)
    implements DeadLetter {
  DeadLetterValue {
    Objects.requireNonNull(subscription, "subscription");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(failure, "failure");
    Objects.requireNonNull(error, "error");
    Objects.requireNonNull(errorMessage, "errorMessage");
    Objects.requireNonNull(firstFailure, "firstFailure");
    Objects.requireNonNull(lastFailure, "lastFailure");
    Objects.requireNonNull(consequence, "consequence");
  }

  @Override
  public String toString() {
    return "dead letter %s of key '%s': %s %s%s%s after %d attempts, %s"
        .formatted(
            deliveryId(),
            key,
            reason,
            failure,
            error.map(name -> " " + name).orElse(""),
            errorMessage.map(text -> " '" + text + "'").orElse(""),
            attempts,
            consequence);
  }
}
