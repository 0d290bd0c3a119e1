package org.perille;

/**
 * A subscription with a state for each key, which can be queried.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <T> the messages
 * @param <S> the state of a key
 */
public final class EventSourcedSubscription<T, S>
    extends SubscriptionOptions<T, EventSourcedSubscription<T, S>> {
  private final EventSourcedHandler<T, S, ?> handler;

  EventSourcedSubscription(Blueprint<T> blueprint, EventSourcedHandler<T, S, ?> handler) {
    super(blueprint);
    this.handler = handler;
  }

  /** Returns the state machine. */
  public EventSourcedHandler<T, S, ?> handler() {
    return handler;
  }

  @Override
  EventSourcedSubscription<T, S> with(Blueprint<T> properties) {
    return new EventSourcedSubscription<>(properties, handler);
  }
}
