package org.perille.proof.chain;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;

/**
 * The application's state machine as one worker calls it. It records each attempt in the history.
 */
final class ModelHandler implements EventSourcedHandler<String, Long, String> {
  private final ModelSubscription subscription;
  private final ModelWorker worker;

  ModelHandler(ModelSubscription subscription, ModelWorker worker) {
    this.subscription = subscription;
    this.worker = worker;
  }

  @Override
  public Effect<String> handle(Long state, Delivery<String> delivery) {
    long call = subscription.recorder().newCall();
    subscription.recorder().record(at -> entered(at, call, delivery));
    subscription.tell(worker, "handles", delivery.offset(), "of", delivery.key());
    try {
      Effect<String> effect = subscription.relay().handle(state, delivery);
      left(call, Outcome.OK);
      return effect;
    } catch (RuntimeException e) {
      left(call, Outcome.FAILED);
      throw e;
    }
  }

  private Operation entered(long at, long call, Delivery<String> delivery) {
    return new Operation.HandlerEntered(
        at,
        call,
        delivery.subscription(),
        worker.node(),
        worker.epoch(),
        delivery.topic(),
        delivery.partition(),
        delivery.offset(),
        delivery.key(),
        ModelSubscription.value(subscription.source().entry(delivery.offset()).message()),
        delivery.attempt());
  }

  private void left(long call, Outcome outcome) {
    subscription.recorder().record(at -> new Operation.HandlerLeft(at, call, outcome));
  }

  @Override
  public Class<Long> stateType() {
    return subscription.relay().stateType();
  }

  @Override
  public Class<String> eventType() {
    return subscription.relay().eventType();
  }

  @Override
  public Long emptyState() {
    return subscription.relay().emptyState();
  }

  @Override
  public Long apply(Long state, String event) {
    return subscription.relay().apply(state, event);
  }
}
