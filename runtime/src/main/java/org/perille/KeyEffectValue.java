package org.perille;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The components of {@link KeyEffect}. A public record could not get further ones. */
record KeyEffectValue(
    String key,
    long offset,
    Instant recordedAt,
    List<Object> events,
    List<String> published,
    Optional<Object> reply)
    implements KeyEffect {
  KeyEffectValue {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(recordedAt, "recordedAt");
    events = List.copyOf(events);
    published = List.copyOf(published);
    Objects.requireNonNull(reply, "reply");
  }
}
