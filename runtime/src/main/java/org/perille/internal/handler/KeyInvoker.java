package org.perille.internal.handler;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.perille.internal.effect.KeyProcessor;

/** Hands the messages of each key to the processor that stores the key's effects. */
public final class KeyInvoker<T> implements Invoker {
  private final Deliveries<T> deliveries;
  private final KeyProcessor<T> runs;

  public KeyInvoker(Deliveries<T> deliveries, KeyProcessor<T> runs) {
    this.deliveries = deliveries;
    this.runs = runs;
  }

  @Override
  public int maxKeys() {
    return 1;
  }

  @Override
  public int maxMessages() {
    return runs.maxMessages();
  }

  @Override
  public CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation) {
    KeyQueues.KeyBatch<PendingDelivery> run = invocation.runs().get(0);
    List<KeyProcessor.Item<T>> items =
        run.messages().stream()
            .map(
                delivery ->
                    new KeyProcessor.Item<>(
                        delivery.entry().offset(),
                        delivery.past().redriven(),
                        () -> deliveries.attempt(delivery, invocation)))
            .toList();
    return runs.handle(run.key(), items, invocation::mayCommit)
        .thenApply(result -> List.of(new KeyBatchResult(result.done(), result.failure())));
  }

  @Override
  public boolean keepsEffects() {
    return true;
  }

  @Override
  public CompletionStage<GivingUp> giveUp(PendingDelivery delivery) {
    return runs.giveUp(delivery.group(), delivery.entry().offset(), delivery.past().redriven())
        .thenApply(KeyInvoker::givingUp);
  }

  private static GivingUp givingUp(KeyProcessor.GiveUpResult result) {
    if (result instanceof KeyProcessor.GiveUpResult.Unknown unknown) {
      return new GivingUp.Unknown(unknown.cause());
    }
    return result instanceof KeyProcessor.GiveUpResult.Done
        ? new GivingUp.Done()
        : new GivingUp.GivenUp();
  }
}
