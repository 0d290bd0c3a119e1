package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.ActorSelection;
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
import org.perille.internal.NodeProblems;

/**
 * Ensures that shards have a coordinator, which the oldest node must run.
 *
 * <p>Pekko's singleton manager hands the coordinator over to any node that requests it from a known
 * address. That may be a node of a former cluster that was suspended while the others restarted.
 * The manager never takes the coordinator back, and no partition could find its node any more.
 * Therefore the oldest node downs itself if it has no coordinator for too long. The next oldest
 * node then starts one.
 */
public final class CoordinatorWatch extends AbstractBehavior<CoordinatorWatch.Command> {

  /** A message to this actor. */
  public sealed interface Command {}

  /** Adds shards whose coordinator is watched. */
  public record Watch(Shards shards) implements Command {}

  /** Ends the watch: this node has handed over its shards, and remains a member. */
  public enum Stop implements Command {
    INSTANCE
  }

  private enum CheckCoordinator implements Command {
    INSTANCE
  }

  /** The result of a check whether the oldest node has the coordinator. */
  private record CoordinatorChecked(Shards shards, Member oldest, boolean isThere)
      implements Command {}

  /** The number of failed checks of another node before its missing coordinator is reported. */
  private static final int CHECKS_ELSEWHERE = 2;

  /**
   * The number of checks within the time-out. Checks count, not time: a suspended process checks
   * only once.
   */
  private static final int CHECKS = 4;

  private final Cluster cluster = Cluster.get(getContext().getSystem());
  private final Duration timeout;
  private final List<Shards> watched = new ArrayList<>();
  private final Map<Shards, Integer> missedChecks = new HashMap<>();
  private final Map<Shards, Optional<Member>> checkedMembers = new HashMap<>();
  private final NodeProblems problems = NodeProblems.of(getContext().getSystem());

  /**
   * Creates the behavior.
   *
   * @param timeout the time for which the oldest node may have no coordinator
   */
  public static Behavior<Command> create(Duration timeout) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(
                      CheckCoordinator.INSTANCE, timeout.dividedBy(CHECKS));
                  return new CoordinatorWatch(context, timeout);
                }));
  }

  private CoordinatorWatch(ActorContext<Command> context, Duration timeout) {
    super(context);
    this.timeout = timeout;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Watch.class, this::onWatch)
        .onMessage(Stop.class, stop -> Behaviors.stopped())
        .onMessage(CheckCoordinator.class, check -> onCheckCoordinator())
        .onMessage(CoordinatorChecked.class, this::onCoordinatorChecked)
        .build();
  }

  private Behavior<Command> onWatch(Watch watch) {
    watched.add(watch.shards);
    return this;
  }

  private Behavior<Command> onCheckCoordinator() {
    for (Shards shards : watched) {
      Optional<Member> oldest = shards.oldest(cluster);
      if (!oldest.equals(checkedMembers.put(shards, oldest))) {
        missedChecks.remove(shards);
      }
      oldest.ifPresent(member -> check(shards, member));
    }
    return this;
  }

  private void check(Shards shards, Member oldest) {
    boolean isHere = oldest.equals(cluster.selfMember());
    if (isHere && !oldest.status().equals(MemberStatus.up())) {
      return;
    }
    ActorSelection coordinator =
        Adapter.toClassic(getContext())
            .actorSelection(
                (isHere ? "/" : oldest.address() + "/") + shards.coordinatorSupervisor());
    getContext()
        .pipeToSelf(
            coordinator.resolveOne(timeout.dividedBy(CHECKS)),
            (found, missing) -> new CoordinatorChecked(shards, oldest, missing == null));
  }

  private Behavior<Command> onCoordinatorChecked(CoordinatorChecked checked) {
    if (!checkedMembers
        .getOrDefault(checked.shards, Optional.empty())
        .equals(Optional.of(checked.oldest))) {
      // The oldest node has changed meanwhile. All checks of the new one are still to come.
      return this;
    }
    String subject = "shards of '" + checked.shards.type() + "'";
    if (checked.isThere) {
      missedChecks.remove(checked.shards);
      problems.withdraw(subject);
    } else if (!checked.oldest.equals(cluster.selfMember())) {
      if (missedChecks.merge(checked.shards, 1, Integer::sum) >= CHECKS_ELSEWHERE) {
        problems.report(subject, waitsFor(checked.oldest), timeout.multipliedBy(CHECKS_ELSEWHERE));
      }
    } else if (missedChecks.merge(checked.shards, 1, Integer::sum) > CHECKS) {
      getContext()
          .getLog()
          .error(
              "This node is the oldest one and should coordinate the shards of '{}', but it has had no coordinator for {} (perille.cluster.coordinator-timeout and the downing provider's margin). It downs itself, so that another node can. Restart the process",
              checked.shards.type(),
              timeout);
      cluster.manager().tell(new Down(cluster.selfMember().address()));
    }
    return this;
  }

  /** Describes shards that wait for the oldest node. Only that node places shards. */
  private static String waitsFor(Member oldest) {
    return "not placed yet: %s is the oldest node that could place them, and has no coordinator for them. If it doesn't run Perille, or an older version, they start when it has left the cluster"
        .formatted(oldest.address());
  }
}
