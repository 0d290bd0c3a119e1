package org.perille;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A message to publish, with what goes along with it.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param value the message itself
 * @param id the publisher's stable name for it, if any: publishing an id twice within the dedup
 *     window stores the message once
 * @param headers text that travels with the message, for handlers and tracing
 */
public record Message<T>(T value, Optional<MessageId> id, Map<String, String> headers) {

  public Message {
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(id, "id");
    headers = Map.copyOf(headers);
  }

  /** A message without an id and headers. */
  public static <T> Message<T> of(T value) {
    return new Message<>(value, Optional.empty(), Map.of());
  }

  /** The same message under a stable name. */
  public Message<T> withId(MessageId id) {
    return new Message<>(value, Optional.of(id), headers);
  }

  /** The same message with one more header; a header of that name is replaced. */
  public Message<T> withHeader(String name, String text) {
    Map<String, String> all = new HashMap<>(headers);
    all.put(name, text);
    return new Message<>(value, id, all);
  }
}
