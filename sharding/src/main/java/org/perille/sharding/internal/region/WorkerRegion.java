package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
import org.perille.internal.partition.WorkerCommand;

/**
 * The workers of all subscriptions, one shard each, distributed over the nodes that run them.
 *
 * <p>Each node has one region and one coordinator for them, however many subscriptions there are.
 */
final class WorkerRegion implements SubscribedWorkers {
  private static final EntityTypeKey<WorkerEntity.Command> TYPE =
      EntityTypeKey.create(WorkerEntity.Command.class, "perille-worker");

  /** The interval in which workers without a node are looked for, such as those of a lost one. */
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  private static final class OneShardEach
      extends ShardingMessageExtractor<
          ShardingEnvelope<WorkerEntity.Command>, WorkerEntity.Command> {
    @Override
    public String entityId(ShardingEnvelope<WorkerEntity.Command> envelope) {
      return envelope.entityId();
    }

    @Override
    public String shardId(String entityId) {
      return entityId;
    }

    @Override
    public WorkerEntity.Command unwrapMessage(ShardingEnvelope<WorkerEntity.Command> envelope) {
      return envelope.message();
    }
  }

  private final ActorSystem<?> system;
  private final RunningSubscriptions running;
  private final Map<String, IntFunction<Behavior<WorkerCommand>>> workers =
      new ConcurrentHashMap<>();
  private final UsedPartitions used;
  private final ActorRef region;
  private volatile boolean leaving;

  WorkerRegion(ActorSystem<?> system, UsedPartitions used) {
    this.system = system;
    this.used = used;
    this.running = new RunningSubscriptions(system, used);
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
                        .withStopMessage(WorkerEntity.Command.STOP)
                        .withSettings(
                            settings.withTuningParameters(
                                settings.tuningParameters().withRebalanceInterval(CHECK_INTERVAL)))
                        .withAllocationStrategy(
                            new WorkerAllocation(system, running, used, moveInterval))));
  }

  private Behavior<WorkerEntity.Command> worker(String id) {
    IntFunction<Behavior<WorkerCommand>> here = workers.get(PlacedSubscription.nameOf(id));
    // A node that was taken for one that runs the subscription. The worker moves to another one.
    return here == null
        ? Behaviors.stopped()
        : WorkerEntity.create(here.apply(PlacedSubscription.partitionOf(id)));
  }

  /**
   * Adds subscriptions that this node runs from now on.
   *
   * @param added creates the worker of each partition
   */
  void add(Map<PlacedSubscription, IntFunction<Behavior<WorkerCommand>>> added) {
    added.forEach((subscription, worker) -> workers.put(subscription.name(), worker));
    running.add(added.keySet());
    // Sooner than the coordinator's next check.
    CompletionStage<Void> unused =
        used.find(added.keySet().stream().flatMap(PlacedSubscription::all).distinct())
            .thenRun(
                () ->
                    added.keySet().stream()
                        .flatMap(subscription -> subscription.workers(used::contains))
                        .forEach(this::start));
  }

  @Override
  public Set<String> subscriptions(String topic) {
    return running.ofTopic(topic);
  }

  @Override
  public void wake(PartitionId partition, String subscription) {
    if (!leaving) {
      String name = PlacedSubscription.nameOf(partition.topic(), subscription);
      start(PlacedSubscription.worker(name, partition.partition()));
    }
  }

  private void start(String worker) {
    region.tell(new ShardRegion.StartEntity(worker), ActorRef.noSender());
  }

  /** Returns the shards of the workers. */
  Shards shards() {
    return new Shards(TYPE.name(), Optional.empty(), running::workers, this::start, all -> {});
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
