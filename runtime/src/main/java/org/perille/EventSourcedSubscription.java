package org.perille;

import java.time.Duration;

/**
 * A subscription that keeps a state for each key, which can be asked for.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param <T> the messages
 * @param <S> the state of a key
 */
public final class EventSourcedSubscription<T, S> extends Subscription<T> {
  private final EventSourcedHandler<T, S, ?> handler;

  EventSourcedSubscription(Blueprint<T> blueprint, EventSourcedHandler<T, S, ?> handler) {
    super(blueprint);
    this.handler = handler;
  }

  /** The state machine. */
  public EventSourcedHandler<T, S, ?> handler() {
    return handler;
  }

  @Override
  public EventSourcedSubscription<T, S> startingAt(StartPosition start) {
    return new EventSourcedSubscription<>(blueprint().startingAt(start), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> withParallelism(int parallelism) {
    return new EventSourcedSubscription<>(blueprint().withParallelism(parallelism), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> withRetryDelay(Duration retryDelay) {
    return new EventSourcedSubscription<>(blueprint().withRetryDelay(retryDelay), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> onNodesWithRole(String role) {
    return new EventSourcedSubscription<>(blueprint().onNodesWithRole(role), handler);
  }
}
