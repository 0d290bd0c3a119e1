package org.perille.proof.chain;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.Message;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Origin;
import org.perille.testkit.history.Operation;

/**
 * A topic as one worker publishes to it. It records each publish in the history, and passes no
 * receipt to a worker that has crashed.
 */
final class ModelChainPublisher implements ChainPublisher {
  private final ModelSubscription subscription;
  private final ModelWorker worker;
  private final ChainPublisher chainPublisher;

  ModelChainPublisher(
      ModelSubscription subscription, ModelWorker worker, ChainPublisher chainPublisher) {
    this.subscription = subscription;
    this.worker = worker;
    this.chainPublisher = chainPublisher;
  }

  @Override
  public Topic<?> topic() {
    return chainPublisher.topic();
  }

  @Override
  public LogMessage encodeOutgoing(Message<?> message) {
    return chainPublisher.encodeOutgoing(message);
  }

  @Override
  public CompletionStage<Receipt> publish(LogMessage message, Producer producer) {
    long call = subscription.recorder().newCall();
    subscription.recorder().record(at -> invoked(at, call, message));
    CompletableFuture<Receipt> told = new CompletableFuture<>();
    chainPublisher
        .publish(message, producer)
        .whenComplete(
            (receipt, failure) -> {
              if (worker.isDead()) {
                return;
              }
              if (failure == null && receipt.duplicate()) {
                // The publisher repeats a call whose outcome it doesn't know. So a duplicate stands
                // for a second call.
                long repeated = subscription.recorder().newCall();
                subscription.recorder().record(at -> invoked(at, repeated, message));
              }
              subscription.recorder().record(at -> ended(at, call, receipt, failure));
              if (failure instanceof ModelPublisher.ReplacedException) {
                checkReplaced();
              }
              if (failure == null) {
                told.complete(receipt);
              } else {
                told.completeExceptionally(failure);
              }
            });
    return told;
  }

  private void checkReplaced() {
    if (subscription.current() == worker) {
      subscription
          .recorder()
          .violated(worker + " was notified of its replacement, but has no successor");
    }
  }

  /**
   * Returns the start of a publish. The caller is the worker together with the key, as it handles
   * the messages of a key one at a time.
   */
  private Operation invoked(long at, long call, LogMessage message) {
    Origin origin = message.origin().orElseThrow();
    return new Operation.PublishInvoked(
        at,
        call,
        worker + " for " + subscription.source().entry(origin.offset()).message().key(),
        chainPublisher.topic().name(),
        message.key(),
        ModelSubscription.value(message),
        message.id());
  }

  /**
   * Returns the end of a publish. The outcome of a failed one is unknown.
   *
   * <p>Even a publish that was refused, because its worker was replaced, may have been stored
   * before. The partition that refuses it may have evicted its record of that.
   */
  private static Operation ended(long at, long call, Receipt receipt, Throwable failure) {
    return failure == null
        ? Operation.PublishEnded.ok(at, call, receipt)
        : Operation.PublishEnded.unknown(at, call);
  }

  @Override
  public CompletionStage<Receipt> publish(LogMessage message) {
    throw new IllegalStateException("what follows from a handled message has a producer");
  }
}
