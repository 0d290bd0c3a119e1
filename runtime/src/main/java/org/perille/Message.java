package org.perille;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
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
 * @param notBefore when it may be handled at the earliest, by the clock of the handling node; at
 *     most {@code perille.publisher.max-delay} from now. Later messages of its key wait behind it
 * @param notAfter when it may be begun to be handled at the latest; see {@link OnExpired}
 */
public record Message<T>(
    T value,
    Optional<MessageId> id,
    Map<String, String> headers,
    Optional<Instant> notBefore,
    Optional<Instant> notAfter) {

  public Message {
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(notBefore, "notBefore");
    Objects.requireNonNull(notAfter, "notAfter");
    headers = Map.copyOf(headers);
  }

  /** A message without times. */
  public Message(T value, Optional<MessageId> id, Map<String, String> headers) {
    this(value, id, headers, Optional.empty(), Optional.empty());
  }

  /** A message without an id and headers. */
  public static <T> Message<T> of(T value) {
    return new Message<>(value, Optional.empty(), Map.of());
  }

  /** The same message under a stable name. */
  public Message<T> withId(MessageId id) {
    return new Message<>(value, Optional.of(id), headers, notBefore, notAfter);
  }

  /** The same message with one more header; a header of that name is replaced. */
  public Message<T> withHeader(String name, String text) {
    Map<String, String> all = new HashMap<>(headers);
    all.put(name, text);
    return new Message<>(value, id, all, notBefore, notAfter);
  }

  /** The same message, not to be handled earlier than this. */
  public Message<T> notBefore(Instant earliest) {
    return new Message<>(value, id, headers, Optional.of(earliest), notAfter);
  }

  /** The same message, not to be handled earlier than so long from now. */
  public Message<T> delayedBy(Duration delay) {
    return notBefore(after(Instant.now(), delay));
  }

  private static Instant after(Instant now, Duration delay) {
    try {
      return now.plus(delay);
    } catch (ArithmeticException | DateTimeException e) {
      // Further away than time goes; a delay that is too long is refused when it is published.
      return delay.isNegative() ? Instant.MIN : Instant.MAX;
    }
  }

  /** The same message, not to be handled any more after this. */
  public Message<T> notAfter(Instant latest) {
    return new Message<>(value, id, headers, notBefore, Optional.of(latest));
  }
}
