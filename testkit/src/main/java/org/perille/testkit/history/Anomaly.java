package org.perille.testkit.history;

import java.util.Locale;

/** A kind of violation in a run. */
public enum Anomaly {
  /**
   * An ok publish is missing in the final log, although a later one of its partition is present.
   */
  LOST_WRITE,
  /**
   * A message of the final log was neither handled by a durable subscription nor is its dead
   * letter.
   */
  UNSEEN,
  /** A value in the log, or a handled one, was not published, or its publish failed. */
  PHANTOM,
  /** A message that was inserted into an outbox is stored, although its transaction rolled back. */
  PHANTOM_OUTBOX,
  /**
   * A message that was inserted into an outbox isn't stored, although its transaction committed.
   */
  LOST_OUTBOX,
  /** One message id, or one publish, is stored at two offsets. */
  DUPLICATE_APPEND,
  /** Two readers read different values at one offset. */
  INCONSISTENT_OFFSET,
  /** The final log of a partition skips an offset. */
  OFFSET_GAP,
  /**
   * Two ok publishes of one publisher and key, one after the other, are stored in reverse order.
   */
  REORDERED_APPEND,
  /** A subscription started a key's offset before it had finished an earlier offset of that key. */
  ORDER_VIOLATION,
  /** Two handlers of one subscription ran concurrently for the same key, and both counted. */
  CONCURRENT_KEY,
  /** Effectively-once: a message's effect is stored more than once. */
  DOUBLE_EFFECT,
  /** Effectively-once: a message was acknowledged, but its effect is missing. */
  MISSING_EFFECT,
  /** At-most-once: a handler was called twice for one message. */
  SECOND_ATTEMPT,
  /** At-least-once: the cursor passed a message that never succeeded and isn't a dead letter. */
  SKIPPED_UNACKNOWLEDGED,
  /** A recovered cursor is past the recovered log. */
  CURSOR_AHEAD_OF_LOG,
  /** An epoch committed an effect, a cursor or an append after its successor had acted. */
  ZOMBIE_EFFECT,
  /** A confirmation or control message of an old epoch changed a newer one. */
  STALE_CONTROL,
  /** Two subscriptions that handled everything received a key's messages in different orders. */
  DIVERGENCE,
  /**
   * A message was handled again after it was discarded or, effectively-once, acknowledged.
   *
   * <p>For at-most-once that is a {@link #SECOND_ATTEMPT}.
   */
  RESURRECTED,
  /**
   * With durable attempts: an attempt at an unhandled message has a lower number than an earlier
   * one.
   */
  WRONG_ATTEMPT,
  /**
   * A receipt has a wrong duplicate flag.
   *
   * <p>Either it reports a duplicate of a message that was not published before, or two receipts of
   * one message report that it wasn't stored before.
   */
  WRONG_RECEIPT,
  /** An attempt claims to be the first one, and isn't, or has another attempt number. */
  WRONG_REDELIVERED,
  /** Handling of a message started before its time, or after its expiry. */
  WRONG_TIME,
  /** A subscription handled a message before its start position. */
  BEFORE_START,
  /** A reply belongs to another message, or differs from the one that was read before. */
  WRONG_REPLY,
  /**
   * A state doesn't follow from the effects of its key.
   *
   * <p>It doesn't consist of the first effects, lacks one whose reply was known before, or is older
   * than one that the same reader had read before.
   */
  WRONG_STATE,
  /** A dead letter isn't in its subscription's dead-letter topic. */
  MISSING_LETTER,
  /** Two values that must be equal differ. */
  CONTRADICTION,
  /**
   * The run didn't settle within the bound after the final heal.
   *
   * <p>A message is still undelivered, or the last publishes didn't succeed.
   */
  STUCK;

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Returns the name in reports, such as {@code lost-write}. */
  public String label() {
    return label;
  }
}
