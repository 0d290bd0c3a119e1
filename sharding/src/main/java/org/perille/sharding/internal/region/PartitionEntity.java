package org.perille.sharding.internal.region;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.delivery.ShardingConsumerController;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.Partition;
import org.perille.internal.partition.PartitionRequest;

/**
 * The sharded entity of a partition.
 *
 * <p>It passes batches from the region to reliable delivery, and requests to the partition itself.
 *
 * <p>When the partition has stopped, after a failed write for example, the entity ignores all
 * messages for a moment and then stops. Senders repeat what they have sent, and the next message
 * restarts the entity.
 */
final class PartitionEntity extends AbstractBehavior<Object> {
  /** The delay that lets a failed database recover, and a predecessor that still writes stop. */
  private static final Duration RESTART_DELAY = Duration.ofSeconds(1);

  private enum GiveUp {
    INSTANCE
  }

  private final TimerScheduler<Object> timers;
  private final ActorRef<Partition.Command> partition;
  private final ActorRef<ConsumerController.SequencedMessage<PublishBatch>> deliveries;
  private boolean stopping;

  /**
   * Creates the behavior.
   *
   * @param owner the owner of the partition
   */
  static Behavior<Object> create(Behavior<Partition.Command> owner) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new PartitionEntity(context, timers, owner)));
  }

  private PartitionEntity(
      ActorContext<Object> context,
      TimerScheduler<Object> timers,
      Behavior<Partition.Command> owner) {
    super(context);
    this.timers = timers;
    this.partition = context.spawn(owner, "partition");
    this.deliveries =
        context.spawn(
            ShardingConsumerController.<PublishBatch, Object>create(this::consumer), "deliveries");
    context.watch(partition);
    context.watch(deliveries);
  }

  /**
   * Passes the consumer controller's start request to the partition, which uses it once it has
   * recovered.
   */
  private Behavior<Object> consumer(ActorRef<ConsumerController.Start<PublishBatch>> start) {
    partition.tell(new Partition.UseConsumerController(start));
    return Behaviors.empty();
  }

  @Override
  public Receive<Object> createReceive() {
    return newReceiveBuilder()
        .onMessage(ConsumerController.SequencedMessage.class, this::onSequencedMessage)
        .onMessage(PartitionRequest.class, this::onRequest)
        .onMessage(GiveUp.class, message -> Behaviors.stopped())
        .onSignal(Terminated.class, this::onTerminated)
        .build();
  }

  @SuppressWarnings("unchecked") // nothing else is sent to this entity type
  private Behavior<Object> onSequencedMessage(ConsumerController.SequencedMessage<?> message) {
    if (!stopping) {
      deliveries.tell((ConsumerController.SequencedMessage<PublishBatch>) message);
    }
    return this;
  }

  private Behavior<Object> onRequest(PartitionRequest request) {
    if (!stopping) {
      partition.tell(request);
    }
    return this;
  }

  private Behavior<Object> onTerminated(Terminated signal) {
    if (!stopping) {
      stopping = true;
      timers.startSingleTimer(GiveUp.INSTANCE, RESTART_DELAY);
    }
    return this;
  }
}
