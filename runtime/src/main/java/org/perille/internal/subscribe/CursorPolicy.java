package org.perille.internal.subscribe;

import org.perille.Subscription;
import org.perille.Subscription.Processing;

/**
 * The answers in which guarantees differ: when a cursor becomes durable, and what follows from
 * that. No other class of the worker asks for a guarantee.
 */
enum CursorPolicy {
  /** The cursor is durable before the handler runs: at-most-once. */
  BEFORE,
  /**
   * The cursor is durable some time after the handler has ended: at-least-once, and effects that
   * know what they contain.
   */
  AFTER,
  /** The cursor is durable in the transaction of the handler's effect. */
  WITH_EFFECT,
  /** The cursor is never durable: ephemeral. */
  NEVER;

  static CursorPolicy of(Subscription<?> subscription) {
    return switch (subscription.guarantee()) {
      case AT_MOST_ONCE -> BEFORE;
      case AT_LEAST_ONCE -> AFTER;
      case EFFECTIVELY_ONCE ->
          subscription.processing() instanceof Processing.Transactional ? WITH_EFFECT : AFTER;
      case EPHEMERAL -> NEVER;
    };
  }

  /** Returns whether cursor and failures outlive the worker, so that operators can act on them. */
  boolean outlivesWorker() {
    return this != NEVER;
  }

  /** Returns whether the cursor passes a batch, durably, before the batch is handled. */
  boolean passesBeforeHandling() {
    return this == BEFORE;
  }

  /** Returns whether the cursor is stored by the worker, and not by an effect that happens. */
  boolean isStoredAfterHandling() {
    return this == AFTER;
  }

  /** Returns whether the cursor is part of each effect. */
  boolean isStoredWithEffect() {
    return this == WITH_EFFECT;
  }

  /** Returns whether a handler may get a message again that it was given before. */
  boolean allowsSecondAttempt() {
    return this != BEFORE;
  }

  /**
   * Returns whether it is recorded which messages may have been attempted: only where a message may
   * be handled twice, and a successor counts.
   */
  boolean recordsAttempts() {
    return this == AFTER || this == WITH_EFFECT;
  }

  /**
   * Returns whether a worker that stops handles everything it has taken, or records it: nobody is
   * fed again what the cursor has passed.
   */
  boolean drainsWhenStopping() {
    return this == BEFORE;
  }

  /**
   * Returns whether a handler that still runs could commit into the generation that a reset begins.
   */
  boolean resetWaitsForHandlers() {
    return this == WITH_EFFECT;
  }
}
