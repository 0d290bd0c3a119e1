package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.ShardCoordinator;
import org.apache.pekko.cluster.sharding.ShardRegion;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.util.Version;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Future;
import scala.concurrent.Promise;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Allocates workers to the nodes that run their subscriptions, and keeps them alive.
 *
 * <p>The coordinator asks for the node of each worker, and in an interval for the workers that have
 * to move. It passes where all of them are, so no message is needed to find those that are on no
 * node. A shard starts its worker on request: each time that it is placed, and once by each
 * coordinator, since the former one may have ended before that.
 *
 * <p><b>Threading</b>: one coordinator at a time, from its actor.
 */
final class WorkerAllocation extends ShardCoordinator.AbstractShardAllocationStrategy
    implements ShardCoordinator.StartableAllocationStrategy {
  private static final Set<MemberStatus> STAYING =
      Set.of(MemberStatus.up(), MemberStatus.weaklyUp());

  /**
   * The load of a node.
   *
   * @param workers the workers of which it was made
   * @param isExact false if only the last of them was counted since the load before
   */
  private record Known(IndexedSeq<String> workers, WorkerLoad load, boolean isExact) {}

  /**
   * The nodes that stay and can be reached, in the order of their addresses. Members may change at
   * any time, so each decision uses one state of them.
   */
  private record Nodes(Map<ActorRef, Member> members, Map<ActorRef, WorkerLoad> loads) {}

  private final Cluster cluster;
  private final RunningSubscriptions running;
  private final UsedPartitions used;
  private final Duration moveInterval;
  private final Map<ActorRef, Known> known = new HashMap<>();
  private final Set<String> started = new HashSet<>();
  private Set<String> missingBefore = Set.of();

  /** The allocations at the last check. Unchanged parts are the same objects. */
  private Map<ActorRef, IndexedSeq<String>> checked = Map.of();

  private long movedAtNanos = System.nanoTime();

  /**
   * Creates the allocation.
   *
   * @param moveInterval the shortest time between two decisions to move workers that are alive
   */
  WorkerAllocation(
      ActorSystem<?> system,
      RunningSubscriptions running,
      UsedPartitions used,
      Duration moveInterval) {
    this.cluster = Cluster.get(system);
    this.running = running;
    this.used = used;
    this.moveInterval = moveInterval;
  }

  /** A new coordinator starts on this node. */
  @Override
  public void start() {
    started.clear();
    known.clear();
    checked = Map.of();
  }

  @Override
  public Future<ActorRef> allocateShard(
      ActorRef requester, String worker, Map<ActorRef, IndexedSeq<String>> allocations) {
    Optional<ActorRef> region = regionFor(worker, nodes(allocations));
    region.ifPresent(chosen -> start(worker, chosen));
    // Until some node runs the subscription there is no answer, and the region asks again.
    return region.map(Future::successful).orElseGet(() -> Promise.<ActorRef>apply().future());
  }

  /** Starts workers that are on no node, and returns those that have to move. */
  @Override
  public Future<Set<String>> rebalance(
      Map<ActorRef, IndexedSeq<String>> allocations, Set<String> moving) {
    known.values().removeIf(load -> !load.isExact);
    Nodes nodes = nodes(allocations);
    startMissing(allocations, nodes);
    if (!moving.isEmpty()
        || System.nanoTime() - movedAtNanos < moveInterval.toNanos()
        || !isTimeToMove(nodes)) {
      return Future.successful(Set.of());
    }
    movedAtNanos = System.nanoTime();
    return Future.successful(
        new WorkerPlacement<ActorRef>(
                nodes.loads, (region, subscription) -> runs(nodes, region, subscription))
            .moves());
  }

  private void startMissing(Map<ActorRef, IndexedSeq<String>> allocations, Nodes nodes) {
    boolean changed = !allocations.equals(checked);
    if (changed) {
      // A worker that its partition has woken must run from now on, wherever it is.
      allocations
          .values()
          .forEach(
              workers ->
                  CollectionConverters.asJava(workers)
                      .forEach(worker -> used.add(PlacedSubscription.partitionIdOf(worker))));
      checked = Map.copyOf(allocations);
    }
    Set<String> required = running.workers();
    if (!changed && started.equals(required) && missingBefore.isEmpty()) {
      return;
    }
    started.retainAll(required);
    Set<String> missing = new HashSet<>(required);
    allocations.forEach(
        (region, workers) -> {
          for (String worker : CollectionConverters.asJava(workers)) {
            if (missing.remove(worker)
                && !started.contains(worker)
                && nodes.loads.containsKey(region)) {
              start(worker, region);
            }
          }
        });
    // The coordinator places again by itself what a lost node or a move leaves behind.
    missing.stream()
        .filter(missingBefore::contains)
        .forEach(
            worker ->
                regionFor(worker, nodes)
                    .ifPresent(region -> region.tell(startOf(worker), ActorRef.noSender())));
    missingBefore = missing;
  }

  private void start(String worker, ActorRef region) {
    started.add(worker);
    region.tell(startOf(worker), ActorRef.noSender());
  }

  private static Object startOf(String worker) {
    return new ShardRegion.StartEntity(worker);
  }

  private Optional<ActorRef> regionFor(String worker, Nodes nodes) {
    String subscription = PlacedSubscription.nameOf(worker);
    Optional<Version> newest =
        nodes.members.entrySet().stream()
            .filter(node -> runs(nodes, node.getKey(), subscription))
            .map(node -> node.getValue().appVersion())
            .max(Comparator.naturalOrder());
    return new WorkerPlacement<ActorRef>(
            nodes.loads,
            (region, name) ->
                runs(nodes, region, name)
                    && newest.equals(Optional.of(nodes.members.get(region).appVersion())))
        .nodeFor(subscription);
  }

  private boolean runs(Nodes nodes, ActorRef region, String subscription) {
    return running.runs(nodes.members.get(region).uniqueAddress(), subscription);
  }

  private Nodes nodes(Map<ActorRef, IndexedSeq<String>> allocations) {
    known.keySet().retainAll(allocations.keySet());
    CurrentClusterState state = cluster.state();
    Map<Address, Member> staying = new HashMap<>();
    state
        .getMembers()
        .forEach(
            member -> {
              if (stays(member, state)) {
                staying.put(member.address(), member);
              }
            });
    Nodes nodes = new Nodes(new LinkedHashMap<>(), new LinkedHashMap<>());
    allocations.keySet().stream()
        .filter(region -> staying.containsKey(address(region)))
        .sorted(Comparator.comparing(region -> address(region).toString()))
        .forEach(
            region -> {
              nodes.members.put(region, staying.get(address(region)));
              nodes.loads.put(region, load(region, allocations.get(region)));
            });
    return nodes;
  }

  private static boolean stays(Member member, CurrentClusterState state) {
    return STAYING.contains(member.status()) && !state.getUnreachable().contains(member);
  }

  /**
   * Returns the load of a node. Counting all workers for each one that is placed would take too
   * long. So between two checks it counts the last one only, which may be inexact if another one
   * has left meanwhile.
   */
  private WorkerLoad load(ActorRef region, IndexedSeq<String> workers) {
    Known before = known.get(region);
    if (before != null && before.workers == workers) {
      return before.load;
    }
    boolean oneMore = before != null && workers.size() == before.workers.size() + 1;
    WorkerLoad load = oneMore ? before.load : WorkerLoad.of(CollectionConverters.asJava(workers));
    if (oneMore) {
      load.add(workers.last());
    }
    known.put(region, new Known(workers, load, !oneMore));
    return load;
  }

  /**
   * Returns whether workers may move now. They don't while versions are mixed, or while a node
   * joins or can't be reached: a move needs the answers of all nodes.
   */
  private boolean isTimeToMove(Nodes nodes) {
    CurrentClusterState state = cluster.state();
    Set<Version> versions =
        nodes.members.values().stream().map(Member::appVersion).collect(Collectors.toSet());
    return versions.size() <= 1
        && state.getUnreachable().isEmpty()
        && StreamSupport.stream(state.getMembers().spliterator(), false)
            .noneMatch(
                member ->
                    member.status().equals(MemberStatus.joining())
                        || member.status().equals(MemberStatus.weaklyUp()));
  }

  private Address address(ActorRef region) {
    Address address = region.path().address();
    return address.hasLocalScope() ? cluster.selfMember().address() : address;
  }
}
