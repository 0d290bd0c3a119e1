package org.perille;

/**
 * Operations on an event-sourced subscription; see {@link Perille#subscription}.
 *
 * @param <T> the messages
 * @param <S> the state of a key
 */
public interface EventSourcedSubscriptionHandle<T, S> extends SubscriptionHandle<T> {

  /** Returns the state and effects of one key. */
  @Override
  EventSourcedKey<S> key(String key);
}
