package org.perille;

import java.time.Duration;

/**
 * A subscription with a state for each key, which can be queried.
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

  /** Returns the state machine. */
  public EventSourcedHandler<T, S, ?> handler() {
    return handler;
  }

  @Override
  public EventSourcedSubscription<T, S> startingAt(StartPosition start) {
    return new EventSourcedSubscription<>(blueprint().startingAt(start), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> formerly(String formerName) {
    return new EventSourcedSubscription<>(blueprint().formerly(formerName), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> storedAs(String storedName) {
    return new EventSourcedSubscription<>(blueprint().storedAs(storedName), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> withParallelism(int parallelism) {
    return new EventSourcedSubscription<>(blueprint().withParallelism(parallelism), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> withRetries(RetryPolicy policy) {
    return new EventSourcedSubscription<>(blueprint().withRetries(policy), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> withDeadline(Duration deadline) {
    return new EventSourcedSubscription<>(blueprint().withDeadline(deadline), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> onExhausted(OnExhausted action) {
    return new EventSourcedSubscription<>(blueprint().onExhausted(action), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> onExpired(OnExpired action) {
    return new EventSourcedSubscription<>(blueprint().onExpired(action), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> withDeadLetterTopic(Topic<T> letters) {
    return new EventSourcedSubscription<>(blueprint().withDeadLetterTopic(letters), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> withLimits(Limits limits) {
    return new EventSourcedSubscription<>(
        blueprint().with(blueprint().pace().withLimits(limits)), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> withCircuitBreaker(CircuitBreaker breaker) {
    return new EventSourcedSubscription<>(
        blueprint().with(blueprint().pace().withBreaker(breaker)), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> unordered() {
    return new EventSourcedSubscription<>(blueprint().unordered(), handler);
  }

  @Override
  public EventSourcedSubscription<T, S> onNodesWithRole(String role) {
    return new EventSourcedSubscription<>(blueprint().onNodesWithRole(role), handler);
  }
}
