package org.perille.testkit.history;

import java.util.Locale;

/** What can be wrong with a run. */
public enum Anomaly {
  /** An ok publish isn't in the final log, though a later one of its partition is. */
  LOST_WRITE,
  /**
   * A message is in the final log, but a durable subscription neither handled it nor has it as a
   * dead letter.
   */
  UNSEEN,
  /** A value is in the log or was handled that nobody published, or whose publish failed. */
  PHANTOM,
  /** One message id, or one publish, stands at two offsets. */
  DUPLICATE_APPEND,
  /** Two readers saw different values at one offset. */
  INCONSISTENT_OFFSET,
  /** The final log of a partition skips an offset. */
  OFFSET_GAP,
  /**
   * Two ok publishes of one publisher and key, one after the other, are stored the other way round.
   */
  REORDERED_APPEND,
  /**
   * A subscription entered the handler for a key's offset before it was finished with an earlier
   * offset of that key.
   */
  ORDER_VIOLATION,
  /** Two handlers of one subscription ran for the same key at once, and both counted. */
  CONCURRENT_KEY,
  /** Effectively-once: a message's effect is in the effect store more than once. */
  DOUBLE_EFFECT,
  /** Effectively-once: a message was acknowledged, but its effect isn't there. */
  MISSING_EFFECT,
  /** At-most-once: a handler was entered twice for one message. */
  SECOND_ATTEMPT,
  /**
   * At-least-once: the cursor passed a message whose handler never succeeded and which is no dead
   * letter.
   */
  SKIPPED_UNACKNOWLEDGED,
  /** A recovered cursor points past the recovered log. */
  CURSOR_AHEAD_OF_LOG,
  /** An incarnation committed an effect, a cursor or an append after its successor had acted. */
  ZOMBIE_EFFECT,
  /** A confirmation or control message of an old incarnation changed a newer one. */
  STALE_CONTROL,
  /** Two subscriptions that handled everything saw a key's messages in different orders. */
  DIVERGENCE,
  /**
   * A message was handled again after it was discarded from the dead letters or, effectively-once,
   * acknowledged. (At-most-once that is a {@link #SECOND_ATTEMPT}.)
   */
  RESURRECTED,
  /**
   * Where attempts are durable: an attempt at a message that isn't handled yet has a lower number
   * than an earlier one.
   */
  WRONG_ATTEMPT,
  /**
   * A receipt calls a message a duplicate that nobody had published before, or two receipts of one
   * message say that it wasn't stored before.
   */
  WRONG_RECEIPT,
  /**
   * An attempt says that there was none before, and there was; or it is not the first by its own
   * number.
   */
  WRONG_REDELIVERED,
  /** A message was begun to be handled before its time, or when it had expired. */
  WRONG_TIME,
  /** A subscription handled a message that stands before the position at which it begins. */
  BEFORE_START,
  /** A reply belongs to another message, or isn't the one that was read before. */
  WRONG_REPLY,
  /**
   * A state isn't made of the first effects of its key, lacks one whose reply was known before, or
   * is older than one that the same reader had read before.
   */
  WRONG_STATE,
  /** A dead letter isn't in its subscription's dead-letter topic. */
  MISSING_LETTER,
  /** Two things that must be equal aren't. */
  CONTRADICTION,
  /**
   * Within the bound after the final heal something is still undelivered, or the last publishes
   * didn't succeed.
   */
  STUCK;

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Its name in reports, as {@code lost-write}. */
  public String label() {
    return label;
  }
}
