package org.perille;

import java.util.concurrent.CompletionStage;

/**
 * One key of an event-sourced subscription; see {@link EventSourcedSubscriptionHandle#key}.
 *
 * @param <S> the state
 */
public interface EventSourcedKey<S> extends SubscriptionKey {

  /**
   * Reads the state of the key from the storage, whether or not the subscription is running.
   *
   * <p>It contains the effects of every message that the subscription has finished, and may contain
   * more.
   */
  CompletionStage<KeyState<S>> state();
}
