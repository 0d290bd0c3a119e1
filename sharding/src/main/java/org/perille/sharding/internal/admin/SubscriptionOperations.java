package org.perille.sharding.internal.admin;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.perille.DeadLetters;
import org.perille.Receipt;
import org.perille.Reset;
import org.perille.ResetReport;
import org.perille.Subscription;
import org.perille.SubscriptionHandle;
import org.perille.SubscriptionKey;
import org.perille.SubscriptionStatus;

/**
 * The operations on one subscription, under the name of its stored data.
 *
 * @param <T> the messages
 * @param <D> the definition
 */
public class SubscriptionOperations<T, D extends Subscription<T>> implements SubscriptionHandle<T> {
  private final SubscriptionAdmin operations;
  final KeyQueries keyQueries;

  /** Looked up by each operation: the subscription may be registered in the meantime. */
  final Supplier<D> subscription;

  public SubscriptionOperations(
      SubscriptionAdmin operations, KeyQueries keyQueries, Supplier<D> subscription) {
    this.operations = operations;
    this.keyQueries = keyQueries;
    this.subscription = subscription;
  }

  @Override
  public CompletionStage<SubscriptionStatus> status() {
    return operations.status(subscription.get());
  }

  @Override
  public CompletionStage<Done> awaitHandled(Receipt receipt) {
    return keyQueries.handled(subscription.get(), receipt);
  }

  @Override
  public <R> CompletionStage<Optional<R>> reply(Receipt receipt, Class<R> type) {
    return keyQueries.reply(subscription.get(), receipt, type);
  }

  @Override
  public CompletionStage<ResetReport> reset(Reset reset) {
    return keyQueries.reset(subscription.get(), reset);
  }

  @Override
  public DeadLetters<T> deadLetters() {
    return operations.deadLetters(subscription.get());
  }

  @Override
  public CompletionStage<Done> pause(String reason) {
    return operations.pause(subscription.get(), reason);
  }

  @Override
  public CompletionStage<Done> pause(int partition, String reason) {
    return operations.pause(subscription.get(), partition, reason);
  }

  @Override
  public CompletionStage<Done> resume() {
    return operations.resume(subscription.get());
  }

  @Override
  public CompletionStage<Done> resume(int partition) {
    return operations.resume(subscription.get(), partition);
  }

  @Override
  public SubscriptionKey key(String key) {
    return () -> keyQueries.effects(subscription.get(), key);
  }
}
