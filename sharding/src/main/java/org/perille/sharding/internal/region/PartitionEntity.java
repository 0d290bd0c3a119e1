package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
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
import org.perille.internal.partition.WakePartition;

/**
 * The sharded entity of a partition.
 *
 * <p>It passes batches from the region to reliable delivery, and requests to the partition itself.
 * The first of them starts the partition. It also starts if it has ever been used, because its
 * workers may have something to do.
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

  /** The answer to the question whether the partition has ever been used. */
  private record Checked(boolean isUsed) {}

  /** The partition, and the consumer controller beside it. */
  private record Running(
      ActorRef<Partition.Command> partition,
      ActorRef<ConsumerController.SequencedMessage<PublishBatch>> deliveries) {}

  private final TimerScheduler<Object> timers;
  private final Behavior<Partition.Command> owner;
  private final Supplier<CompletionStage<Boolean>> used;
  private Optional<Running> running = Optional.empty();
  private boolean stopping;

  /**
   * Creates the behavior.
   *
   * @param owner the owner of the partition
   * @param used asks whether the partition has ever been used
   */
  static Behavior<Object> create(
      Behavior<Partition.Command> owner, Supplier<CompletionStage<Boolean>> used) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new PartitionEntity(context, timers, owner, used)));
  }

  private PartitionEntity(
      ActorContext<Object> context,
      TimerScheduler<Object> timers,
      Behavior<Partition.Command> owner,
      Supplier<CompletionStage<Boolean>> used) {
    super(context);
    this.timers = timers;
    this.owner = owner;
    this.used = used;
  }

  private Running running() {
    if (running.isEmpty()) {
      ActorRef<Partition.Command> partition = getContext().spawn(owner, "partition");
      getContext().watch(partition);
      ActorRef<ConsumerController.SequencedMessage<PublishBatch>> deliveries =
          getContext()
              .spawn(
                  ShardingConsumerController.<PublishBatch, Object>create(
                      start -> consumer(partition, start)),
                  "deliveries");
      getContext().watch(deliveries);
      running = Optional.of(new Running(partition, deliveries));
    }
    return running.get();
  }

  /**
   * Passes the consumer controller's start request to the partition, which uses it once it has
   * recovered.
   */
  private static Behavior<Object> consumer(
      ActorRef<Partition.Command> partition,
      ActorRef<ConsumerController.Start<PublishBatch>> start) {
    partition.tell(new Partition.UseConsumerController(start));
    return Behaviors.empty();
  }

  @Override
  public Receive<Object> createReceive() {
    return newReceiveBuilder()
        .onMessage(ConsumerController.SequencedMessage.class, this::onSequencedMessage)
        .onMessage(PartitionRequest.class, this::onRequest)
        .onMessage(WakePartition.class, wake -> onWake())
        .onMessage(Checked.class, this::onChecked)
        .onMessage(GiveUp.class, message -> Behaviors.stopped())
        .onSignal(Terminated.class, this::onTerminated)
        .build();
  }

  @SuppressWarnings("unchecked") // nothing else is sent to this entity type
  private Behavior<Object> onSequencedMessage(ConsumerController.SequencedMessage<?> message) {
    if (!stopping) {
      running().deliveries.tell((ConsumerController.SequencedMessage<PublishBatch>) message);
    }
    return this;
  }

  private Behavior<Object> onRequest(PartitionRequest request) {
    if (!stopping) {
      running().partition.tell(request);
    }
    return this;
  }

  private Behavior<Object> onWake() {
    if (running.isEmpty()) {
      getContext()
          .pipeToSelf(used.get(), (isUsed, failure) -> new Checked(failure != null || isUsed));
    }
    return this;
  }

  private Behavior<Object> onChecked(Checked checked) {
    if (checked.isUsed && !stopping) {
      Running unused = running();
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
