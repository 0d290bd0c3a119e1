package org.perille.proof.workload;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import org.perille.EventSourcedSubscription;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.Subscription;

/**
 * Queries about the result of a message.
 *
 * <p>It queries the replies to the message, the state of its key once a reply is known, and the
 * replies once more. It doesn't repeat a query that fails, because any query may fail at any time.
 */
public final class FeatureQuestions {
  private static final int AT_ONCE = 8;

  private final Perille perille;
  private final Features features;
  private final Witness witness;
  private final Semaphore places = new Semaphore(AT_ONCE);

  public FeatureQuestions(Perille perille, Workload workload, Witness witness) {
    this.perille = perille;
    this.features = workload.features();
    this.witness = witness;
  }

  /** Sends the queries about a message, unless too many are under way. */
  void ask(String key, Receipt receipt) {
    if (places.tryAcquire()) {
      CompletionStage<?> unused =
          askAll(key, receipt).whenComplete((done, failure) -> places.release());
    }
  }

  /** Sends the queries about a message. Completes when all are answered; fails if one fails. */
  CompletionStage<?> askAll(String key, Receipt receipt) {
    CompletionStage<?> asked =
        twice(features.calling(), key, receipt, Features.Called.class)
            .thenCompose(
                done -> twice(features.asyncCalling(), key, receipt, Features.Called.class));
    Optional<EventSourcedSubscription<Item, Tallying.Tally>> tallying = features.tallying();
    return tallying.isEmpty()
        ? asked
        : asked.thenCompose(done -> askTallying(tallying.get(), key, receipt));
  }

  private CompletionStage<?> askTallying(
      EventSourcedSubscription<Item, Tallying.Tally> tallying, String key, Receipt receipt) {
    return reply(tallying, key, receipt, Tallying.Answer.class)
        .thenCompose(done -> state(tallying, key, receipt.partition()))
        .thenCompose(done -> reply(tallying, key, receipt, Tallying.Answer.class))
        .thenCompose(done -> state(tallying, key, receipt.partition()));
  }

  private CompletionStage<?> twice(
      Subscription<Item> subscription, String key, Receipt receipt, Class<?> type) {
    return reply(subscription, key, receipt, type)
        .thenCompose(done -> reply(subscription, key, receipt, type));
  }

  private <R> CompletionStage<?> reply(
      Subscription<Item> subscription, String key, Receipt receipt, Class<R> type) {
    return perille
        .subscription(subscription)
        .reply(receipt, type)
        .thenAccept(reply -> witness.replied(subscription, key, receipt, valueOf(reply), reply));
  }

  private static String valueOf(Optional<?> reply) {
    Object found = reply.isPresent() ? reply.get() : "";
    return found instanceof Features.Called called
        ? called.value()
        : found instanceof Tallying.Answer answer ? answer.value() : "";
  }

  private CompletionStage<?> state(
      EventSourcedSubscription<Item, Tallying.Tally> tallying, String key, int partition) {
    long invokedAt = Witness.now();
    return perille
        .subscription(tallying)
        .key(key)
        .state()
        .thenAccept(
            state ->
                witness.stateRead(
                    invokedAt,
                    tallying,
                    partition,
                    key,
                    state.state().count(),
                    state.state().last()));
  }
}
