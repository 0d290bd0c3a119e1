package org.perille;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A message to publish, with its options.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param value the message itself
 * @param id the publisher's stable id, if any: publishing an id twice within the dedup window
 *     stores the message once
 * @param headers text that travels with the message, for handlers and tracing
 * @param notBefore the earliest time of handling, by the clock of the handling node; at most {@code
 *     perille.publisher.max-delay} from now (default: 7 days). Later messages of its key wait
 *     behind it
 * @param notAfter the latest time at which handling may start; see {@link OnExpired}
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

  /** Creates a message without times. */
  public Message(T value, Optional<MessageId> id, Map<String, String> headers) {
    this(value, id, headers, Optional.empty(), Optional.empty());
  }

  /** Returns a message without an id and headers. */
  public static <T> Message<T> of(T value) {
    return new Message<>(value, Optional.empty(), Map.of());
  }

  /** Returns the same message with a stable id. */
  public Message<T> withId(MessageId id) {
    return new Message<>(value, Optional.of(id), headers, notBefore, notAfter);
  }

  /** Returns the same message with one more header, or with a header of that name replaced. */
  public Message<T> withHeader(String name, String text) {
    Map<String, String> all = new HashMap<>(headers);
    all.put(name, text);
    return new Message<>(value, id, all, notBefore, notAfter);
  }

  /** Returns the same message, which isn't handled before this time. */
  public Message<T> notBefore(Instant earliest) {
    return new Message<>(value, id, headers, Optional.of(earliest), notAfter);
  }

  /** Returns the same message, which isn't handled before this time from now. */
  public Message<T> delayedBy(Duration delay) {
    return notBefore(after(Instant.now(), delay));
  }

  private static Instant after(Instant now, Duration delay) {
    try {
      return now.plus(delay);
    } catch (ArithmeticException | DateTimeException e) {
      // Beyond the range of Instant. Publishing refuses a delay that is too long.
      return delay.isNegative() ? Instant.MIN : Instant.MAX;
    }
  }

  /** Returns the same message, which isn't handled after this time. */
  public Message<T> notAfter(Instant latest) {
    return new Message<>(value, id, headers, notBefore, Optional.of(latest));
  }
}
