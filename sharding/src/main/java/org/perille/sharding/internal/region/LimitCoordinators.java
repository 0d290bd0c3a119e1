package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.sharding.typed.ClusterShardingSettings;
import org.apache.pekko.cluster.sharding.typed.HashCodeMessageExtractor;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.Subscription;
import org.perille.internal.limit.LeaseClient;
import org.perille.internal.limit.LeaseRequest;
import org.perille.internal.limit.LimitCoordinator;
import org.perille.internal.limit.NodeLimiter;

/**
 * The entities that divide each subscription's limits among the nodes, by Cluster Sharding.
 *
 * <p>They run on all nodes. So each node of a cluster has a replicator for shards without a role.
 * Otherwise one that only publishes would keep subscriptions without a role from being placed:
 * their coordinators read their state from a majority of nodes, and in a small cluster from all of
 * them.
 */
public final class LimitCoordinators {
  private static final EntityTypeKey<LeaseRequest> TYPE =
      EntityTypeKey.create(LeaseRequest.class, "perille-limits");

  private final ActorSystem<?> system;
  private final ActorRef<ShardingEnvelope<LeaseRequest>> region;
  private final List<ActorRef<?>> clients = new ArrayList<>();
  private final Set<String> required = ConcurrentHashMap.newKeySet();
  private final HashCodeMessageExtractor<LeaseRequest> shardIds;
  private volatile boolean leaving;

  public LimitCoordinators(ActorSystem<?> system) {
    this.system = system;
    Cluster cluster = Cluster.get(system);
    ClusterShardingSettings sharding =
        ClusterShardingSettings.create(system).withNoPassivationStrategy();
    this.shardIds = new HashCodeMessageExtractor<>(sharding.numberOfShards());
    this.region =
        ClusterSharding.get(system)
            .init(
                Entity.of(
                        TYPE,
                        entity ->
                            LimitCoordinator.create(
                                System::nanoTime, () -> cluster.state().getUnreachable().isEmpty()))
                    .withMessageExtractor(shardIds)
                    .withSettings(sharding));
  }

  /** Returns the shards of the entities. */
  public Shards shards() {
    return Shards.of(TYPE.name(), Optional.empty(), () -> Set.copyOf(required));
  }

  /** Renews this node's share of a subscription's limits until the node leaves. */
  synchronized void keepAsking(Subscription<?> subscription, NodeLimiter limiter) {
    String name = subscription.topic().name() + "~" + subscription.storedName();
    required.add(shardIds.shardId(name));
    clients.add(
        system.systemActorOf(
            LeaseClient.create(
                limiter,
                Cluster.get(system).selfMember().uniqueAddress().toString(),
                request -> ask(name, request)),
            "perille-limits-" + name,
            Props.empty()));
  }

  private void ask(String subscription, LeaseRequest request) {
    if (!leaving) {
      region.tell(new ShardingEnvelope<>(subscription, request));
    }
  }

  /**
   * Stops renewals, because this node is about to hand over its entities.
   *
   * <p>Further requests would wait in the region for the new locations, and delay the region's end.
   * The node's shares expire soon after it has left.
   */
  void leave() {
    leaving = true;
  }

  /** Hands over this node's entities while the node remains a member of its cluster. */
  synchronized CompletionStage<Boolean> handOver(Duration timeout) {
    clients.forEach(client -> Adapter.toClassic(system).stop(Adapter.toClassic(client)));
    return Regions.handOver(system, TYPE.name(), timeout);
  }
}
