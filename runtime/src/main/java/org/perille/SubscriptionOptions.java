package org.perille;

import java.time.Duration;
import java.util.Optional;
import org.perille.spi.SubscriptionInternals;

/**
 * The options of subscriptions, each of which returns a subscription of the same class.
 *
 * @param <T> the type of the messages' payloads
 * @param <S> the class of the subscription
 */
abstract sealed class SubscriptionOptions<T, S extends Subscription<T>>
    extends SubscriptionInternals<T> implements Subscription<T>
    permits HandlerSubscription, EventSourcedSubscription {
  private final Blueprint<T> blueprint;

  SubscriptionOptions(Blueprint<T> blueprint) {
    super(blueprint.processing());
    this.blueprint = blueprint;
  }

  /** Returns a subscription of the same class with other properties. */
  abstract S with(Blueprint<T> properties);

  @Override
  protected final Subscription<T> withStoredName(String storedName) {
    return with(blueprint.storedAs(storedName));
  }

  @Override
  public final S startingAt(StartPosition start) {
    return with(blueprint.startingAt(start));
  }

  @Override
  public final S formerly(String formerName) {
    return with(blueprint.formerly(formerName));
  }

  @Override
  public final S withParallelism(int parallelism) {
    return with(blueprint.withParallelism(parallelism));
  }

  @Override
  public final S withRetries(RetryPolicy policy) {
    return with(blueprint.withRetries(policy));
  }

  @Override
  public final S withDeadline(Duration deadline) {
    return with(blueprint.withDeadline(deadline));
  }

  @Override
  public final S onExhausted(OnExhausted action) {
    return with(blueprint.onExhausted(action));
  }

  @Override
  public final S onExpired(OnExpired action) {
    return with(blueprint.onExpired(action));
  }

  @Override
  public final S withDeadLetterTopic(Topic<T> letters) {
    return with(blueprint.withDeadLetterTopic(letters));
  }

  @Override
  public final S withLimits(Limits limits) {
    return with(blueprint.with(blueprint.pace().withLimits(limits)));
  }

  @Override
  public final S withCircuitBreaker(CircuitBreaker breaker) {
    return with(blueprint.with(blueprint.pace().withBreaker(breaker)));
  }

  @Override
  public final S unordered() {
    return with(blueprint.unordered());
  }

  @Override
  public final S onNodesWithRole(String role) {
    return with(blueprint.onNodesWithRole(role));
  }

  @Override
  public final String name() {
    return blueprint.name();
  }

  @Override
  public final Topic<T> topic() {
    return blueprint.topic();
  }

  @Override
  public final Guarantee guarantee() {
    return blueprint.guarantee();
  }

  @Override
  public final StartPosition start() {
    return blueprint.start().position();
  }

  @Override
  public final Optional<StartPosition> chosenStart() {
    return blueprint.start().chosen();
  }

  @Override
  public final Optional<String> formerName() {
    return blueprint.start().formerName();
  }

  @Override
  public final String storedName() {
    return blueprint.start().storedName().orElse(blueprint.name());
  }

  @Override
  public final int parallelism() {
    return blueprint.pace().parallelism();
  }

  @Override
  public final boolean ordered() {
    return blueprint.pace().ordered();
  }

  @Override
  public final Limits limits() {
    return blueprint.pace().limits();
  }

  @Override
  public final Optional<CircuitBreaker> circuitBreaker() {
    return blueprint.pace().breaker();
  }

  @Override
  public final RetryPolicy retries() {
    return blueprint.failures().retries();
  }

  @Override
  public final Optional<Duration> deadline() {
    return blueprint.failures().deadline();
  }

  @Override
  public final OnExhausted onExhausted() {
    return blueprint.onExhausted();
  }

  @Override
  public final OnExpired onExpired() {
    return blueprint.failures().onExpired();
  }

  @Override
  public final Optional<Topic<T>> deadLetterTopic() {
    return blueprint.failures().deadLetterTopic();
  }

  @Override
  public final Optional<String> role() {
    return blueprint.role();
  }

  @Override
  public final String toString() {
    return "subscription '" + blueprint.name() + "' of " + blueprint.topic();
  }
}
