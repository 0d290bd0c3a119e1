package org.perille;

/** A subscription without states that can be queried. */
final class HandlerSubscription<T> extends SubscriptionOptions<T, HandlerSubscription<T>> {
  HandlerSubscription(Blueprint<T> blueprint) {
    super(blueprint);
  }

  @Override
  HandlerSubscription<T> with(Blueprint<T> properties) {
    return new HandlerSubscription<>(properties);
  }
}
