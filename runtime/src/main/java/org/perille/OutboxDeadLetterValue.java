package org.perille;

import java.time.Instant;
import java.util.Objects;

/** The components of {@link OutboxDeadLetter}. A public record could not get further ones. */
record OutboxDeadLetterValue(
    long id,
    int attempt,
    String topic,
    String key,
    PublishRefusedException.Reason reason,
    String error,
    Instant inserted,
    Instant failed)
    implements OutboxDeadLetter {
  OutboxDeadLetterValue {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(error, "error");
    Objects.requireNonNull(inserted, "inserted");
    Objects.requireNonNull(failed, "failed");
  }
}
