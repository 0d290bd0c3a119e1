package org.perille.sharding.internal.admin;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.perille.DeadLetters;
import org.perille.EventSourcedSubscription;
import org.perille.EventSourcedSubscriptionHandle;
import org.perille.Receipt;
import org.perille.Reset;
import org.perille.ResetReport;
import org.perille.Subscription;
import org.perille.SubscriptionHandle;
import org.perille.SubscriptionKey;
import org.perille.SubscriptionStatus;

/**
 * The operations on one subscription, under the name of its stored data, on whichever node runs.
 *
 * @param <T> the messages
 * @param <D> the definition
 */
public class SubscriptionOperations<T, D extends Subscription<T>> implements SubscriptionHandle<T> {
  private final Supplier<NodeOperations> node;

  private final D subscription;

  SubscriptionOperations(Supplier<NodeOperations> node, D subscription) {
    this.node = node;
    this.subscription = subscription;
  }

  /**
   * Returns the operations on a subscription.
   *
   * @param node returns the operations of the node that runs, or throws an {@link
   *     IllegalStateException} that says why there is none
   */
  public static <T> SubscriptionHandle<T> of(
      Supplier<NodeOperations> node, Subscription<T> subscription) {
    Objects.requireNonNull(subscription, "subscription");
    return new SubscriptionOperations<>(node, subscription);
  }

  /** Returns the operations on an event-sourced subscription. */
  public static <T, S> EventSourcedSubscriptionHandle<T, S> of(
      Supplier<NodeOperations> node, EventSourcedSubscription<T, S> subscription) {
    Objects.requireNonNull(subscription, "subscription");
    return new EventSourcedOperations<>(node, subscription);
  }

  /**
   * Calls the node that runs, with the definition under its stored name. The subscription may have
   * been registered in the meantime.
   */
  final <R> R call(BiFunction<NodeOperations, D, R> operation) {
    NodeOperations running = node.get();
    return operation.apply(running, running.stored(subscription));
  }

  /** Calls the node that runs. The stage fails if there is none. */
  final <R> CompletionStage<R> ask(BiFunction<NodeOperations, D, CompletionStage<R>> operation) {
    NodeOperations running;
    try {
      running = node.get();
    } catch (IllegalStateException e) {
      return CompletableFuture.failedStage(e);
    }
    return operation.apply(running, running.stored(subscription));
  }

  @Override
  public CompletionStage<SubscriptionStatus> status() {
    return ask((running, stored) -> running.admin().status(stored));
  }

  @Override
  public CompletionStage<Done> awaitHandled(Receipt receipt) {
    return ask((running, stored) -> running.queries().handled(stored, receipt));
  }

  @Override
  public <R> CompletionStage<Optional<R>> reply(Receipt receipt, Class<R> type) {
    return ask((running, stored) -> running.queries().reply(stored, receipt, type));
  }

  @Override
  public CompletionStage<ResetReport> reset(Reset reset) {
    return ask((running, stored) -> running.queries().reset(stored, reset));
  }

  @Override
  public DeadLetters<T> deadLetters() {
    Workers.requireDurable(subscription);
    return new CurrentDeadLetters<>(
        () -> call((running, stored) -> running.admin().deadLetters(stored)));
  }

  @Override
  public CompletionStage<Done> pause(String reason) {
    return ask((running, stored) -> running.admin().pause(stored, reason));
  }

  @Override
  public CompletionStage<Done> pause(int partition, String reason) {
    return ask((running, stored) -> running.admin().pause(stored, partition, reason));
  }

  @Override
  public CompletionStage<Done> resume() {
    return ask((running, stored) -> running.admin().resume(stored));
  }

  @Override
  public CompletionStage<Done> resume(int partition) {
    return ask((running, stored) -> running.admin().resume(stored, partition));
  }

  @Override
  public SubscriptionKey key(String key) {
    return () ->
        NodeOperations.stream(
            () -> call((running, stored) -> running.queries().effects(stored, key)));
  }
}
