package org.perille.sharding.internal;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.ActorSelection;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;

/**
 * Sees to it that shards have a coordinator, which the oldest node is to run. Pekko's singleton
 * manager gives it away to whoever asks by its address, even to a node of a former cluster that has
 * slept while the others were started anew, and never takes it back: no partition would find its
 * node any more. A node that is the oldest and has no coordinator for too long therefore downs
 * itself, like any other that can't do its part; the next oldest one then starts a coordinator.
 */
final class CoordinatorWatch extends AbstractBehavior<CoordinatorWatch.Command> {

  /** What it is told. */
  sealed interface Command {}

  /** Watch the coordinator of these shards, too. */
  record Watch(Shards shards) implements Command {}

  private enum Look implements Command {
    INSTANCE
  }

  private record Looked(Shards shards, boolean isThere) implements Command {}

  /**
   * Shards of a kind.
   *
   * @param type the name of their entity type
   * @param role of the nodes that have them; empty means all nodes
   */
  record Shards(String type, Optional<String> role) {

    /** Those of a sharded daemon process. */
    static Shards ofDaemon(String name, Optional<String> role) {
      return new Shards("sharded-daemon-process-" + name, role);
    }

    /** Where the coordinator is, on the node that runs it. */
    private String coordinator() {
      return "/system/sharding/"
          + URLEncoder.encode(type, StandardCharsets.UTF_8)
          + "Coordinator/singleton";
    }
  }

  /** Looks within the time-out. They count, not the time: a process that slept looks only once. */
  private static final int LOOKS = 4;

  /** Who is older than others: a node that is about to leave still has the coordinator. */
  private static final Set<MemberStatus> AGED =
      Set.of(MemberStatus.up(), MemberStatus.leaving(), MemberStatus.exiting());

  private final Cluster cluster = Cluster.get(getContext().getSystem());
  private final Duration timeout;
  private final List<Shards> watched = new ArrayList<>();
  private final Map<Shards, Integer> inVain = new HashMap<>();

  /**
   * @param beyond for how long the oldest node may have no coordinator, beyond what the downing
   *     provider waits before a node that is gone may be replaced
   */
  static Behavior<Command> create(Duration beyond) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  Duration timeout = beyond.plus(removalMargin(context.getSystem()));
                  timers.startTimerWithFixedDelay(Look.INSTANCE, timeout.dividedBy(LOOKS));
                  return new CoordinatorWatch(context, timeout);
                }));
  }

  private static Duration removalMargin(ActorSystem<?> system) {
    return Duration.ofNanos(
        org.apache.pekko.cluster.Cluster.get(Adapter.toClassic(system))
            .downingProvider()
            .downRemovalMargin()
            .toNanos());
  }

  private CoordinatorWatch(ActorContext<Command> context, Duration timeout) {
    super(context);
    this.timeout = timeout;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Watch.class, this::onWatch)
        .onMessage(Look.class, look -> onLook())
        .onMessage(Looked.class, this::onLooked)
        .build();
  }

  private Behavior<Command> onWatch(Watch watch) {
    watched.add(watch.shards);
    return this;
  }

  private Behavior<Command> onLook() {
    for (Shards shards : watched) {
      if (isOldest(shards.role)) {
        look(shards);
      } else {
        inVain.remove(shards);
      }
    }
    return this;
  }

  private boolean isOldest(Optional<String> role) {
    Member self = cluster.selfMember();
    return self.status().equals(MemberStatus.up())
        && role.map(self::hasRole).orElse(true)
        && StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
            .filter(member -> AGED.contains(member.status()))
            .filter(member -> role.map(member::hasRole).orElse(true))
            .noneMatch(member -> !member.equals(self) && member.isOlderThan(self));
  }

  private void look(Shards shards) {
    ActorSelection coordinator =
        Adapter.toClassic(getContext()).actorSelection(shards.coordinator());
    getContext()
        .pipeToSelf(
            coordinator.resolveOne(timeout.dividedBy(LOOKS)),
            (found, missing) -> new Looked(shards, missing == null));
  }

  private Behavior<Command> onLooked(Looked looked) {
    if (looked.isThere) {
      inVain.remove(looked.shards);
    } else if (inVain.merge(looked.shards, 1, Integer::sum) > LOOKS) {
      getContext()
          .getLog()
          .error(
              "This node is the oldest one and should coordinate the shards of '{}', but for {} (perille.cluster.coordinator-timeout and the downing provider's margin) it has had no coordinator: it downs itself, so that another node can. Start the process again",
              looked.shards.type,
              timeout);
      cluster.manager().tell(new Down(cluster.selfMember().address()));
    }
    return this;
  }
}
