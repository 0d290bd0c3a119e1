package org.perille.sharding.internal;

import java.time.Clock;
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
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.Partition;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.PartitionSettings;

/**
 * The sharded entity of a partition: what the region delivers comes in here and goes on either to
 * reliable delivery (batches) or to the partition itself (requests).
 *
 * <p>When the partition has stopped, after a failed write say, the entity stays deaf for a moment
 * and then stops. Everything that is sent to it is repeated, and the next message starts it anew.
 */
final class PartitionEntity extends AbstractBehavior<Object> {
  /** Gives a database that failed, or a predecessor that still writes, some time. */
  private static final Duration RESTART_DELAY = Duration.ofSeconds(1);

  private enum GiveUp {
    INSTANCE
  }

  private final TimerScheduler<Object> timers;
  private final ActorRef<Partition.Command> partition;
  private final ActorRef<ConsumerController.SequencedMessage<PublishBatch>> deliveries;
  private boolean deaf;

  static Behavior<Object> create(
      PartitionId id, PartitionSettings settings, PartitionJournal journal, Clock clock) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new PartitionEntity(context, timers, id, settings, journal, clock)));
  }

  private PartitionEntity(
      ActorContext<Object> context,
      TimerScheduler<Object> timers,
      PartitionId id,
      PartitionSettings settings,
      PartitionJournal journal,
      Clock clock) {
    super(context);
    this.timers = timers;
    this.partition = context.spawn(Partition.create(id, settings, journal, clock), "partition");
    this.deliveries =
        context.spawn(
            ShardingConsumerController.<PublishBatch, Object>create(this::consumer), "deliveries");
    context.watch(partition);
    context.watch(deliveries);
  }

  /** Stands in for the consumer until the partition has recovered and asks for deliveries. */
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
    if (!deaf) {
      deliveries.tell((ConsumerController.SequencedMessage<PublishBatch>) message);
    }
    return this;
  }

  private Behavior<Object> onRequest(PartitionRequest request) {
    if (!deaf) {
      partition.tell(request);
    }
    return this;
  }

  private Behavior<Object> onTerminated(Terminated signal) {
    if (!deaf) {
      deaf = true;
      timers.startSingleTimer(GiveUp.INSTANCE, RESTART_DELAY);
    }
    return this;
  }
}
