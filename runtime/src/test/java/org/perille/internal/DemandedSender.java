package org.perille.internal;

import java.util.ArrayDeque;
import java.util.Queue;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.delivery.ProducerController;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.perille.internal.log.PublishBatch;

/** Sends batches in order, one for each demand of the producer controller. */
final class DemandedSender extends AbstractBehavior<Object> {
  private final Queue<PublishBatch> waiting = new ArrayDeque<>();
  private ActorRef<PublishBatch> demand;

  private DemandedSender(ActorContext<Object> context) {
    super(context);
  }

  /** Creates the behavior, which receives batches, and the demands of a producer controller. */
  static Behavior<Object> create() {
    return Behaviors.setup(DemandedSender::new);
  }

  @Override
  public Receive<Object> createReceive() {
    return newReceiveBuilder()
        .onMessage(PublishBatch.class, this::onBatch)
        .onMessage(ProducerController.RequestNext.class, this::onDemand)
        .build();
  }

  private Behavior<Object> onBatch(PublishBatch batch) {
    waiting.add(batch);
    return send();
  }

  @SuppressWarnings("unchecked") // started as a producer of batches
  private Behavior<Object> onDemand(ProducerController.RequestNext<?> next) {
    demand = (ActorRef<PublishBatch>) next.sendNextTo();
    return send();
  }

  private Behavior<Object> send() {
    if (demand != null && !waiting.isEmpty()) {
      demand.tell(waiting.remove());
      demand = null;
    }
    return this;
  }
}
