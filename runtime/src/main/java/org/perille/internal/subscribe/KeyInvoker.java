package org.perille.internal.subscribe;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.perille.internal.effect.KeyRuns;

/** Hands the messages of a key to whoever keeps the key's effects. */
final class KeyInvoker<T> implements Invoker {
  private final Deliveries<T> deliveries;
  private final KeyRuns<T> runs;

  KeyInvoker(Deliveries<T> deliveries, KeyRuns<T> runs) {
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
  public CompletionStage<List<RunResult>> invoke(Round round) {
    KeyQueues.Run<Work> run = round.runs().get(0);
    List<KeyRuns.Item<T>> items =
        run.messages().stream()
            .map(
                work ->
                    new KeyRuns.Item<>(
                        work.entry().offset(),
                        work.past().redriven(),
                        () -> deliveries.attempt(work, round)))
            .toList();
    return runs.handle(run.key(), items, round::mayCommit)
        .thenApply(result -> List.of(new RunResult(result.done(), result.failure())));
  }

  @Override
  public boolean keepsEffects() {
    return true;
  }

  @Override
  public CompletionStage<GivingUp> giveUp(Work work) {
    return runs.giveUp(work.unit(), work.entry().offset(), work.past().redriven())
        .thenApply(KeyInvoker::givingUp);
  }

  private static GivingUp givingUp(KeyRuns.Verdict verdict) {
    if (verdict instanceof KeyRuns.Verdict.Unknown unknown) {
      return new GivingUp.Unknown(unknown.cause());
    }
    return verdict instanceof KeyRuns.Verdict.Done ? new GivingUp.Done() : new GivingUp.GivenUp();
  }
}
