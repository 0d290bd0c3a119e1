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

  /** The load of a node, and the workers of which it was made. */
  private record Known(IndexedSeq<String> workers, WorkerLoad load) {}

  private final Cluster cluster;
  private final RunningSubscriptions running;
  private final Duration moveInterval;
  private final Map<ActorRef, Known> known = new HashMap<>();
  private final Set<String> started = new HashSet<>();
  private Set<String> missingBefore = Set.of();
  private long movedAtNanos = System.nanoTime();

  /**
   * Creates the allocation.
   *
   * @param moveInterval the shortest time between two decisions to move workers that are alive
   */
  WorkerAllocation(ActorSystem<?> system, RunningSubscriptions running, Duration moveInterval) {
    this.cluster = Cluster.get(system);
    this.running = running;
    this.moveInterval = moveInterval;
  }

  /** A new coordinator starts on this node. */
  @Override
  public void start() {
    started.clear();
    known.clear();
  }

  @Override
  public Future<ActorRef> allocateShard(
      ActorRef requester, String worker, Map<ActorRef, IndexedSeq<String>> allocations) {
    Optional<ActorRef> region = regionFor(worker, loads(allocations));
    region.ifPresent(chosen -> start(worker, chosen));
    // Until some node runs the subscription there is no answer, and the region asks again.
    return region.map(Future::successful).orElseGet(() -> Promise.<ActorRef>apply().future());
  }

  /** Starts workers that are on no node, and returns those that have to move. */
  @Override
  public Future<Set<String>> rebalance(
      Map<ActorRef, IndexedSeq<String>> allocations, Set<String> moving) {
    known.clear();
    Map<ActorRef, WorkerLoad> loads = loads(allocations);
    startMissing(allocations, loads);
    if (!moving.isEmpty()
        || System.nanoTime() - movedAtNanos < moveInterval.toNanos()
        || !isTimeToMove(loads.keySet())) {
      return Future.successful(Set.of());
    }
    movedAtNanos = System.nanoTime();
    return Future.successful(new WorkerPlacement<>(loads, this::runs).moves());
  }

  private void startMissing(
      Map<ActorRef, IndexedSeq<String>> allocations, Map<ActorRef, WorkerLoad> loads) {
    Set<String> required = running.workers();
    started.retainAll(required);
    Set<String> missing = new HashSet<>(required);
    allocations.forEach(
        (region, workers) -> {
          for (String worker : CollectionConverters.asJava(workers)) {
            if (missing.remove(worker) && !started.contains(worker) && loads.containsKey(region)) {
              start(worker, region);
            }
          }
        });
    // The coordinator itself places again what a lost node or a move leaves behind. The rest has
    // been
    // missing since the last check, too.
    missing.stream()
        .filter(missingBefore::contains)
        .forEach(
            worker ->
                regionFor(worker, loads)
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

  private Optional<ActorRef> regionFor(String worker, Map<ActorRef, WorkerLoad> loads) {
    String subscription = PlacedSubscription.nameOf(worker);
    Optional<Version> newest =
        loads.keySet().stream()
            .filter(region -> runs(region, subscription))
            .map(region -> member(region).orElseThrow().appVersion())
            .max(Comparator.naturalOrder());
    return new WorkerPlacement<>(
            loads,
            (ActorRef region, String name) ->
                runs(region, name) && member(region).map(Member::appVersion).equals(newest))
        .nodeFor(subscription);
  }

  private boolean runs(ActorRef region, String subscription) {
    return member(region)
        .map(member -> running.runs(member.uniqueAddress(), subscription))
        .orElse(false);
  }

  /** Returns the nodes that stay and can be reached, in the order of their addresses. */
  private Map<ActorRef, WorkerLoad> loads(Map<ActorRef, IndexedSeq<String>> allocations) {
    known.keySet().retainAll(allocations.keySet());
    CurrentClusterState state = cluster.state();
    Map<ActorRef, WorkerLoad> loads = new LinkedHashMap<>();
    allocations.keySet().stream()
        .filter(region -> member(region).filter(m -> stays(m, state)).isPresent())
        .sorted(Comparator.comparing(region -> address(region).toString()))
        .forEach(region -> loads.put(region, load(region, allocations.get(region))));
    return loads;
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
    WorkerLoad load;
    if (before != null && workers.size() == before.workers.size() + 1) {
      load = before.load;
      load.add(workers.last());
    } else {
      load = WorkerLoad.of(CollectionConverters.asJava(workers));
    }
    known.put(region, new Known(workers, load));
    return load;
  }

  /**
   * Returns whether workers may move now. They don't while versions are mixed, or while a node
   * joins or can't be reached: a move needs the answers of all nodes.
   */
  private boolean isTimeToMove(Set<ActorRef> regions) {
    CurrentClusterState state = cluster.state();
    Set<Version> versions =
        regions.stream()
            .flatMap(region -> member(region).stream())
            .map(Member::appVersion)
            .collect(Collectors.toSet());
    return versions.size() <= 1
        && state.getUnreachable().isEmpty()
        && StreamSupport.stream(state.getMembers().spliterator(), false)
            .noneMatch(
                member ->
                    member.status().equals(MemberStatus.joining())
                        || member.status().equals(MemberStatus.weaklyUp()));
  }

  private Optional<Member> member(ActorRef region) {
    Address address = address(region);
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .filter(member -> member.address().equals(address))
        .findFirst();
  }

  private Address address(ActorRef region) {
    Address address = region.path().address();
    return address.hasLocalScope() ? cluster.selfMember().address() : address;
  }
}
