package org.perille.sharding.internal.publisher;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.delivery.ShardingProducerController;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;

/**
 * The reliable delivery of a publisher's batches, a child of its actor.
 *
 * <p><b>Threading</b>: used by the publisher's actor alone.
 */
final class BatchDelivery {
  private final ActorContext<PublisherActor.Command> context;
  private final PublisherActor.Assignment assignment;
  private final String epoch;
  private final ActorRef<ShardingProducerController.RequestNext<PublishBatch>> requests;
  private final PublisherActor.Command ended;
  private final String[] entityIds;
  private int started;
  private ActorRef<?> controller;
  private Optional<ActorRef<ShardingEnvelope<PublishBatch>>> sendTo = Optional.empty();
  private Map<String, Integer> buffered = Map.of();

  /**
   * Creates a delivery, and starts it.
   *
   * @param epoch the first part of the producer ids
   * @param requests gets the requests for batches
   * @param ended the message to the actor when the delivery has stopped
   */
  BatchDelivery(
      ActorContext<PublisherActor.Command> context,
      PublisherActor.Assignment assignment,
      String epoch,
      ActorRef<ShardingProducerController.RequestNext<PublishBatch>> requests,
      PublisherActor.Command ended) {
    this.context = context;
    this.assignment = assignment;
    this.epoch = epoch;
    this.requests = requests;
    this.ended = ended;
    this.entityIds = new String[assignment.partitions()];
    for (int i = 0; i < entityIds.length; i++) {
      entityIds[i] = new PartitionId(assignment.topic(), i).entityId();
    }
    start();
  }

  /** Starts another delivery. The former one must have stopped. */
  void start() {
    sendTo = Optional.empty();
    started++;
    ActorRef<ShardingProducerController.Command<PublishBatch>> next =
        context.spawn(
            ShardingProducerController.create(
                PublishBatch.class,
                epoch + "-" + started,
                assignment.region(),
                Optional.empty(),
                settings()),
            "delivery-" + started);
    context.watchWith(next, ended);
    next.tell(new ShardingProducerController.Start<>(requests));
    controller = next;
  }

  private ShardingProducerController.Settings settings() {
    return ShardingProducerController.Settings$.MODULE$
        .create(context.getSystem())
        // One batch in flight for each partition, and space for those sent again.
        .withBufferSize(Math.max(1000, 4 * assignment.partitions()))
        // The time that a partition that has moved waits for the batch that was in flight to it.
        .withResendFirstUnconfirmedIdleTimeout(Duration.ofSeconds(1))
        // Stopping an unused producer frees little, and its name is taken until it has stopped.
        .withCleanupUnusedAfter(Duration.ofDays(1));
  }

  /** Stops the delivery, which makes no progress. */
  void stop() {
    context.stop(controller);
  }

  /**
   * Processes a request for batches.
   *
   * @return true if it is the first one of this delivery, which has none of the batches in flight
   */
  boolean requested(ShardingProducerController.RequestNext<PublishBatch> request) {
    if (!request.askNextTo().equals(controller)) {
      // Reliable delivery was restarted meanwhile. A message to the old one would be lost.
      return false;
    }
    buffered = request.getBufferedForEntitiesWithoutDemand();
    boolean first = sendTo.isEmpty();
    sendTo = Optional.of(request.sendNextTo());
    return first;
  }

  /** Returns whether batches can be sent. */
  boolean isReady() {
    return sendTo.isPresent();
  }

  /**
   * Sends a batch.
   *
   * @throws java.util.NoSuchElementException if it isn't ready
   */
  void send(PublishBatch batch) {
    sendTo.orElseThrow().tell(new ShardingEnvelope<>(entityIds[batch.partition()], batch));
  }

  /** Returns whether batches for a partition wait until it requests them. */
  boolean isBuffered(int partition) {
    return buffered.getOrDefault(entityIds[partition], 0) > 0;
  }
}
