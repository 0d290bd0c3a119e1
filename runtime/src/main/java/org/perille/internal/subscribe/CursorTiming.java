package org.perille.internal.subscribe;

import org.perille.Subscription;
import org.perille.Subscription.Processing;

/** When a cursor becomes durable; what a guarantee comes down to. */
enum CursorTiming {
  /** Before the handler runs: at-most-once. */
  BEFORE,
  /** Some time after it has ended: at-least-once, and effects that know what they contain. */
  AFTER,
  /** In the transaction of the handler's effect. */
  WITH_EFFECT,
  /** Never: ephemeral. */
  NEVER;

  static CursorTiming of(Subscription<?> subscription) {
    return switch (subscription.guarantee()) {
      case AT_MOST_ONCE -> BEFORE;
      case AT_LEAST_ONCE -> AFTER;
      case EFFECTIVELY_ONCE ->
          subscription.processing() instanceof Processing.Transactional ? WITH_EFFECT : AFTER;
      case EPHEMERAL -> NEVER;
    };
  }
}
