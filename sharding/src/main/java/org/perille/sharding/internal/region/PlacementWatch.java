package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.ClusterSharding;
import org.apache.pekko.cluster.sharding.ShardRegion;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.pattern.Patterns;
import org.perille.internal.NodeProblems;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.DurationConverters;

/**
 * Ensures that each shard is on some node. The oldest node does so.
 *
 * <p>A coordinator that starts on another node learns from its predecessor where the shards are. A
 * process that was killed and started again at its address within seconds looks like a member then,
 * and it may happen that nobody reports that the region of the former process has ended. Its shards
 * stay there for ever. Regions that are alive report their shards. So if some are reported by none
 * for too long, this actor restarts the coordinator, which watches all regions anew.
 */
public final class PlacementWatch extends AbstractBehavior<PlacementWatch.Command> {

  /** A message to this actor. */
  public sealed interface Command {}

  /** Adds shards that are watched. */
  public record Watch(Shards shards) implements Command {}

  /** Ends the watch: this node has handed over its shards, and remains a member. */
  public enum Stop implements Command {
    INSTANCE
  }

  private enum Check implements Command {
    INSTANCE
  }

  /**
   * The answer of the coordinator.
   *
   * @param found the shards of all regions; empty if at least one region didn't answer
   */
  private record Answered(Shards shards, Optional<Found> found) implements Command {}

  /**
   * The shards of all regions.
   *
   * @param all their ids
   * @param empty those without an entity
   */
  private record Found(Set<String> all, Set<String> empty) {}

  private final Cluster cluster = Cluster.get(getContext().getSystem());
  private final NodeProblems problems = NodeProblems.of(getContext().getSystem());
  private final Map<Shards, Placement> watched = new LinkedHashMap<>();
  private final Duration interval;

  /**
   * Creates the behavior.
   *
   * @param interval the interval of the checks. A shard that moves must arrive within {@value
   *     Placement#CHECKS} of them.
   */
  public static Behavior<Command> create(Duration interval) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Check.INSTANCE, interval);
                  context.setLoggerName(PlacementWatch.class);
                  return new PlacementWatch(context, interval);
                }));
  }

  private PlacementWatch(ActorContext<Command> context, Duration interval) {
    super(context);
    this.interval = interval;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Watch.class, this::onWatch)
        .onMessage(Stop.class, stop -> Behaviors.stopped())
        .onMessage(Check.class, check -> onCheck())
        .onMessage(Answered.class, this::onAnswered)
        .build();
  }

  private Behavior<Command> onWatch(Watch watch) {
    watched.put(watch.shards, new Placement());
    return this;
  }

  private Behavior<Command> onCheck() {
    for (Shards shards : watched.keySet()) {
      if (!coordinates(shards)) {
        forget(shards);
      } else if (!shards.required().get().isEmpty()) {
        getContext()
            .pipeToSelf(
                placed(shards),
                (stats, failed) ->
                    new Answered(
                        shards, Optional.ofNullable(stats).flatMap(PlacementWatch::shardsOf)));
      }
    }
    return this;
  }

  /**
   * Returns whether this node is the oldest one, and reaches all others. A shard on an unreachable
   * node is placed anew when that node is removed.
   */
  private boolean coordinates(Shards shards) {
    return cluster.selfMember().status().equals(MemberStatus.up())
        && cluster.state().getUnreachable().isEmpty()
        && shards.oldest(cluster).equals(Optional.of(cluster.selfMember()));
  }

  private void forget(Shards shards) {
    watched.get(shards).forget();
    problems.withdraw(subject(shards));
  }

  private CompletionStage<Object> placed(Shards shards) {
    return Patterns.ask(
        ClusterSharding.get(Adapter.toClassic(getContext().getSystem())).shardRegion(shards.type()),
        new ShardRegion.GetClusterShardingStats(DurationConverters.toScala(interval.dividedBy(2))),
        interval);
  }

  /** Returns the shards in an answer. It has no region at all if one of them didn't answer. */
  private static Optional<Found> shardsOf(Object answer) {
    if (!(answer instanceof ShardRegion.ClusterShardingStats stats)
        || stats.getRegions().isEmpty()) {
      return Optional.empty();
    }
    Set<String> all = new HashSet<>();
    Set<String> empty = new HashSet<>();
    for (ShardRegion.ShardRegionStats region : stats.getRegions().values()) {
      region
          .getStats()
          .forEach(
              (shard, entities) -> {
                all.add(shard);
                if ((int) entities == 0) {
                  empty.add(shard);
                }
              });
      // A shard that is there, but hasn't counted its entities in time.
      all.addAll(CollectionConverters.asJava(region.failed()));
    }
    return Optional.of(new Found(all, empty));
  }

  private Behavior<Command> onAnswered(Answered answered) {
    Shards shards = answered.shards;
    if (!coordinates(shards)) {
      forget(shards);
    } else if (answered.found.isPresent()) {
      decide(shards, answered.found.get());
    }
    return this;
  }

  private void decide(Shards shards, Found found) {
    shards.seen().accept(found.all);
    Set<String> required = shards.required().get();
    Placement.Finding finding = watched.get(shards).on(required, found.all);
    if (!finding.lost().isEmpty()) {
      restart(shards, finding.lost());
    } else if (finding.missing().isEmpty()) {
      problems.withdraw(subject(shards));
    }
    finding.missing().forEach(shards.waking());
    // The message that should have started its entity was lost.
    found.empty.stream().filter(required::contains).forEach(shards.waking());
  }

  private void restart(Shards shards, Set<String> lost) {
    getContext()
        .getLog()
        .warn(
            "No node has the shards {} of '{}', in {} checks in a row or more, one every {}: the coordinator is restarted to place them anew. Nothing is lost; they go on when that has succeeded",
            lost,
            shards.type(),
            Placement.CHECKS,
            interval);
    problems.report(
        subject(shards),
        "no node has the shards %s. The coordinator was restarted to place them anew. If that doesn't help within some minutes, restart this node, the oldest one"
            .formatted(lost),
        interval.multipliedBy(2L * Placement.MAX_CHECKS));
    Adapter.toClassic(getContext())
        .actorSelection("/" + shards.coordinator())
        .tell(PoisonPill.getInstance(), ActorRef.noSender());
  }

  private static String subject(Shards shards) {
    return "shards of '" + shards.type() + "' without a node";
  }
}
