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
        payload, Optional.empty(), Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
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

  /** Returns the condition on which the message is stored, if any. */
  Optional<Condition> condition();

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

  /**
   * Returns the same message, which is stored only if the last message of its key has this offset.
   *
   * <p>So an application that has read a key up to an offset, and decides on what it has read,
   * detects that another one has published for the key meanwhile. The offset is that of a {@link
   * Receipt}, of a {@link Delivery}, or of a refusal.
   *
   * <p><b>Guarantee</b>: if several publishers, on any nodes, publish for one key with the same
   * offset, at most one message is stored. A refused message fails with {@link
   * ConditionFailedException}, which has the last offset. A message whose id is stored already is a
   * duplicate, whatever its condition says: repeating it after an unknown outcome is safe.
   *
   * <p><b>Cost</b>: a partition knows the last offsets of the keys that were used last ({@code
   * perille.partition.condition-max-keys}, default: 10,000), from the first message with a
   * condition on that it receives after it has started. For another key, the publishing node reads
   * the partition's log backwards from its end to the key's last message, once. Later messages of
   * the key by this node wait meanwhile. The publish time-out doesn't include the reading.
   *
   * <p><b>Limits</b>: only a {@link Publisher} accepts it. A {@link Transaction}, an {@link Outbox}
   * and an {@link Effect} refuse a message with a condition.
   *
   * @param offset the offset, from 0
   * @throws IllegalArgumentException if the offset is negative
   */
  Message<T> ifLastOffset(long offset);

  /**
   * Returns the same message, which is stored only if its key has no message yet; see {@link
   * #ifLastOffset}.
   *
   * <p><b>Cost</b>: a partition doesn't know which keys have no messages. So for each key that it
   * doesn't know, the publishing node reads the partition's whole log once. Messages that are
   * published at the same time share the reading. Don't use it for a topic with a long log, if keys
   * are often new.
   */
  Message<T> ifFirstOfKey();

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
