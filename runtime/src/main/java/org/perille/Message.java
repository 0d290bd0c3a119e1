package org.perille;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A message to publish: a payload with options.
 *
 * <p><b>Threading</b>: immutable, as far as the payload is.
 *
 * @param <T> the type of the payload
 */
public sealed interface Message<T> permits MessageValue {
  /**
   * Returns a message without options.
   *
   * @throws NullPointerException if the payload is null
   */
  static <T> Message<T> of(T payload) {
    return new MessageValue<>(
        payload, Optional.empty(), Map.of(), Optional.empty(), Optional.empty());
  }

  /** Returns the payload, never null. */
  T payload();

  /**
   * Returns the publisher's stable id, if any. Publishing an id twice within the dedup window
   * stores the message once.
   */
  Optional<MessageId> id();

  /** Returns the text that travels with the message, for handlers and tracing. Immutable. */
  Map<String, String> headers();

  /**
   * Returns the earliest time of handling, if any, by the clock of the handling node.
   *
   * <p>It is at most {@code perille.publisher.max-delay} from now (default: 7 days). Later messages
   * of its key wait behind the message.
   */
  Optional<Instant> notBefore();

  /** Returns the latest time at which handling may start, if any; see {@link OnExpired}. */
  Optional<Instant> notAfter();

  /** Returns the same message with a stable id. */
  Message<T> withId(MessageId id);

  /** Returns the same message with one more header, or with a header of that name replaced. */
  Message<T> withHeader(String name, String text);

  /** Returns the same message with exactly these headers. */
  Message<T> withHeaders(Map<String, String> headers);

  /** Returns the same message, which isn't handled before this time. */
  Message<T> notBefore(Instant earliest);

  /** Returns the same message, which isn't handled after this time. */
  Message<T> notAfter(Instant latest);

  /** Returns the same message, which isn't handled before this time from now. */
  default Message<T> delayedBy(Duration delay) {
    Instant now = Instant.now();
    try {
      return notBefore(now.plus(delay));
    } catch (ArithmeticException | DateTimeException e) {
      // Beyond the range of Instant. Publishing refuses a delay that is too long.
      return notBefore(delay.isNegative() ? Instant.MIN : Instant.MAX);
    }
  }
}
