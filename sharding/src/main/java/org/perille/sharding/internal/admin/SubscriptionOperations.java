package org.perille.sharding.internal.admin;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
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

  /** Called by each operation: the subscription may be registered in the meantime. */
  private final Function<NodeOperations, D> stored;

  SubscriptionOperations(Supplier<NodeOperations> node, Function<NodeOperations, D> stored) {
    this.node = node;
    this.stored = stored;
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
    return new SubscriptionOperations<>(node, running -> running.stored(subscription));
  }

  /** Returns the operations on an event-sourced subscription. */
  public static <T, S> EventSourcedSubscriptionHandle<T, S> of(
      Supplier<NodeOperations> node, EventSourcedSubscription<T, S> subscription) {
    Objects.requireNonNull(subscription, "subscription");
    return new EventSourcedOperations<>(node, running -> running.stored(subscription));
  }

  /** Calls the node that runs. */
  final <R> R call(BiFunction<NodeOperations, D, R> operation) {
    NodeOperations running = node.get();
    return operation.apply(running, stored.apply(running));
  }

  /** Calls the node that runs. The stage fails if there is none. */
  final <R> CompletionStage<R> ask(BiFunction<NodeOperations, D, CompletionStage<R>> operation) {
    NodeOperations running;
    try {
      running = node.get();
    } catch (IllegalStateException e) {
      return CompletableFuture.failedStage(e);
    }
    return operation.apply(running, stored.apply(running));
  }

  @Override
  public CompletionStage<SubscriptionStatus> status() {
    return ask((running, subscription) -> running.admin().status(subscription));
  }

  @Override
  public CompletionStage<Done> awaitHandled(Receipt receipt) {
    return ask((running, subscription) -> running.queries().handled(subscription, receipt));
  }

  @Override
  public <R> CompletionStage<Optional<R>> reply(Receipt receipt, Class<R> type) {
    return ask((running, subscription) -> running.queries().reply(subscription, receipt, type));
  }

  @Override
  public CompletionStage<ResetReport> reset(Reset reset) {
    return ask((running, subscription) -> running.queries().reset(subscription, reset));
  }

  @Override
  public DeadLetters<T> deadLetters() {
    return new CurrentDeadLetters<>(
        () -> call((running, subscription) -> running.admin().deadLetters(subscription)));
  }

  @Override
  public CompletionStage<Done> pause(String reason) {
    return ask((running, subscription) -> running.admin().pause(subscription, reason));
  }

  @Override
  public CompletionStage<Done> pause(int partition, String reason) {
    return ask((running, subscription) -> running.admin().pause(subscription, partition, reason));
  }

  @Override
  public CompletionStage<Done> resume() {
    return ask((running, subscription) -> running.admin().resume(subscription));
  }

  @Override
  public CompletionStage<Done> resume(int partition) {
    return ask((running, subscription) -> running.admin().resume(subscription, partition));
  }

  @Override
  public SubscriptionKey key(String key) {
    return () ->
        NodeOperations.stream(
            () -> call((running, subscription) -> running.queries().effects(subscription, key)));
  }
}
