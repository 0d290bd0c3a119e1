package org.perille.internal.worker;

import org.perille.internal.Pure;
import org.perille.spi.Processing;

/**
 * The differences between kinds of handlers.
 *
 * @param isDurableWhenDone whether the effect of a done message is durable before the cursor is
 * @param confirmsGivingUp whether the worker must confirm, before a message becomes a dead letter,
 *     that no effect can be recorded for it any more
 */
@Pure
public record EffectPolicy(boolean isDurableWhenDone, boolean confirmsGivingUp) {
  public static EffectPolicy of(Processing<?> processing) {
    boolean isFunction =
        processing instanceof Processing.Blocking || processing instanceof Processing.Async;
    return new EffectPolicy(
        !isFunction, !isFunction && !(processing instanceof Processing.Transactional));
  }
}
