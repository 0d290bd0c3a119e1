package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.ShardRegion;
import org.apache.pekko.cluster.sharding.typed.ClusterShardingSettings;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.SubscribedWorkers;
import org.perille.internal.partition.WakeWorker;
import org.perille.internal.partition.WorkerCommand;
import org.perille.internal.worker.Worker;

/**
 * The workers of all subscriptions, one shard each, distributed over the nodes that run them.
 *
 * <p>Each node has one region and one coordinator for them, however many subscriptions there are.
 */
final class WorkerRegion implements SubscribedWorkers {
  private static final EntityTypeKey<WorkerCommand> TYPE =
      EntityTypeKey.create(WorkerCommand.class, "perille-worker");

  /** The interval in which workers without a node are looked for, such as those of a lost one. */
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  private static final class OneShardEach
      extends ShardingMessageExtractor<ShardingEnvelope<WorkerCommand>, WorkerCommand> {
    @Override
    public String entityId(ShardingEnvelope<WorkerCommand> envelope) {
      return envelope.entityId();
    }

    @Override
    public String shardId(String entityId) {
      return entityId;
    }

    @Override
    public WorkerCommand unwrapMessage(ShardingEnvelope<WorkerCommand> envelope) {
      return envelope.message();
    }
  }

  private final ActorSystem<?> system;
  private final RunningSubscriptions running;
  private final UsedPartitions used;
  private final Map<String, NewWorkers> workers = new ConcurrentHashMap<>();
  private final ActorRef region;
  private volatile boolean leaving;

  /**
   * The workers of a subscription on this node.
   *
   * @param topic the name of the topic
   * @param sleep whether a worker need not run while its partition is empty
   * @param behavior creates the worker of a partition
   */
  record NewWorkers(String topic, boolean sleep, IntFunction<Behavior<WorkerCommand>> behavior) {}

  WorkerRegion(ActorSystem<?> system, UsedPartitions used) {
    this.system = system;
    this.used = used;
    this.running = new RunningSubscriptions(system);
    ClusterShardingSettings settings =
        ClusterShardingSettings.create(system).withNoPassivationStrategy();
    Duration moveInterval =
        Duration.ofNanos(settings.tuningParameters().rebalanceInterval().toNanos());
    this.region =
        Adapter.toClassic(
            ClusterSharding.get(system)
                .init(
                    Entity.of(TYPE, entity -> worker(entity.getEntityId()))
                        .withMessageExtractor(new OneShardEach())
                        .withStopMessage(Worker.Stop.INSTANCE)
                        .withSettings(
                            settings.withTuningParameters(
                                settings.tuningParameters().withRebalanceInterval(CHECK_INTERVAL)))
                        .withAllocationStrategy(
                            new WorkerAllocation(system, running, moveInterval))));
  }

  private Behavior<WorkerCommand> worker(String id) {
    NewWorkers here = workers.get(PlacedSubscription.nameOf(id));
    if (here == null) {
      // A node that was taken for one that runs the subscription. The worker moves to another one.
      return Behaviors.stopped();
    }
    PartitionId partition = new PartitionId(here.topic, PlacedSubscription.partitionOf(id));
    return WorkerEntity.create(
        here.behavior.apply(partition.partition()),
        () -> here.sleep ? used.isUsed(partition) : CompletableFuture.completedFuture(true));
  }

  /** Adds subscriptions that this node runs from now on. */
  void add(Map<PlacedSubscription, NewWorkers> added) {
    added.forEach((subscription, worker) -> workers.put(subscription.name(), worker));
    running.add(added.keySet());
    // Sooner than the coordinator's next check.
    added.keySet().stream().flatMap(PlacedSubscription::workers).forEach(this::start);
  }

  @Override
  public Set<String> subscriptions(String topic) {
    return running.ofTopic(topic);
  }

  @Override
  public void wake(PartitionId partition, String subscription) {
    if (!leaving) {
      String name = PlacedSubscription.nameOf(partition.topic(), subscription);
      region.tell(
          new ShardingEnvelope<WorkerCommand>(
              PlacedSubscription.worker(name, partition.partition()), WakeWorker.INSTANCE),
          ActorRef.noSender());
    }
  }

  private void start(String worker) {
    region.tell(new ShardRegion.StartEntity(worker), ActorRef.noSender());
  }

  /** Returns the shards of the workers. */
  Shards shards() {
    return new Shards(TYPE.name(), Optional.empty(), running::workers, this::start);
  }

  /**
   * Takes this node out of the placement, because it is about to hand over its workers.
   *
   * <p>A start of a worker would wait in the region for another node, and delay the region's end.
   */
  void leave() {
    leaving = true;
    running.clear();
  }

  /** Hands over this node's workers while the node remains a member of its cluster. */
  CompletionStage<Boolean> handOver(Duration timeout) {
    running.close();
    return Regions.handOver(system, TYPE.name(), timeout);
  }
}
