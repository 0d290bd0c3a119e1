package org.perille.internal.cursor;

import org.perille.Subscription;
import org.perille.internal.Pure;
import org.perille.spi.Processing;

/**
 * The differences between guarantees: when a cursor becomes durable, and what follows from that. No
 * other class of the worker checks the guarantee.
 */
@Pure
public enum CursorPolicy {
  /** The cursor is durable before the handler runs: at-most-once. */
  BEFORE,
  /**
   * The cursor becomes durable after the handler has ended: at-least-once, and effects that
   * recognise repeated messages by themselves.
   */
  AFTER,
  /** The cursor is durable in the transaction of the handler's effect. */
  WITH_EFFECT,
  /** The cursor is never durable: ephemeral. */
  NEVER;

  public static CursorPolicy of(Subscription<?> subscription) {
    return switch (subscription.guarantee()) {
      case AT_MOST_ONCE -> BEFORE;
      case AT_LEAST_ONCE -> AFTER;
      case EFFECTIVELY_ONCE ->
          Processing.of(subscription) instanceof Processing.Transactional ? WITH_EFFECT : AFTER;
      case EPHEMERAL -> NEVER;
    };
  }

  /** Returns whether cursor and failures outlive the worker, so that operators can act on them. */
  public boolean outlivesWorker() {
    return this != NEVER;
  }

  /** Returns whether the cursor passes a batch, durably, before the batch is handled. */
  public boolean passesBeforeHandling() {
    return this == BEFORE;
  }

  /** Returns whether the cursor is stored by the worker, and not by an effect that happens. */
  public boolean isStoredAfterHandling() {
    return this == AFTER;
  }

  /** Returns whether the cursor is part of each effect. */
  public boolean isStoredWithEffect() {
    return this == WITH_EFFECT;
  }

  /** Returns whether a handler may get the same message twice. */
  public boolean allowsSecondAttempt() {
    return this != BEFORE;
  }

  /**
   * Returns whether the worker records which messages may have been attempted. Needed only where a
   * successor may handle a message twice.
   */
  public boolean recordsAttempts() {
    return this == AFTER || this == WITH_EFFECT;
  }

  /**
   * Returns whether a stopping worker handles or records all messages it has received. No successor
   * receives messages that the cursor has passed.
   */
  public boolean drainsWhenStopping() {
    return this == BEFORE;
  }

  /**
   * Returns whether a reset must wait for running handlers, which could commit into the new
   * generation.
   */
  public boolean resetWaitsForHandlers() {
    return this == WITH_EFFECT;
  }
}
