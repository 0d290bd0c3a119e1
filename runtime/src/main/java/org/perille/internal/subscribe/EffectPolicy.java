package org.perille.internal.subscribe;

import org.perille.Subscription.Processing;

/**
 * The answers in which kinds of handlers differ.
 *
 * @param isDurableWhenDone whether a message that is done is durably so before the cursor says it
 * @param confirmsGivingUp whether it must be confirmed, before a message becomes a dead letter,
 *     that nobody records an effect for it
 */
record EffectPolicy(boolean isDurableWhenDone, boolean confirmsGivingUp) {
  static EffectPolicy of(Processing<?> processing) {
    boolean isFunction =
        processing instanceof Processing.Blocking || processing instanceof Processing.Async;
    return new EffectPolicy(
        !isFunction, !isFunction && !(processing instanceof Processing.Transactional));
  }
}
