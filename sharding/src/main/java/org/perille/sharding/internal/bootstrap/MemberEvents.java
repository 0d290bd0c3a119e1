package org.perille.sharding.internal.bootstrap;

import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs a line for each member that comes, goes or is lost, and reports members that were downed.
 *
 * <p>Pekko's own lines about the same are many, and explain the protocol.
 */
final class MemberEvents extends AbstractBehavior<ClusterEvent.ClusterDomainEvent> {
  private static final Logger LOG = LoggerFactory.getLogger(MemberEvents.class);

  private final Member self;
  private final Consumer<Member> downed;

  private MemberEvents(
      ActorContext<ClusterEvent.ClusterDomainEvent> context, Consumer<Member> downed) {
    super(context);
    this.self = Cluster.get(context.getSystem()).selfMember();
    this.downed = downed;
    Cluster.get(context.getSystem())
        .subscriptions()
        .tell(Subscribe.create(context.getSelf(), ClusterEvent.ClusterDomainEvent.class));
  }

  /**
   * Creates the behavior.
   *
   * @param downed is called with each member that the cluster has removed since it was lost
   */
  static Behavior<ClusterEvent.ClusterDomainEvent> create(Consumer<Member> downed) {
    return Behaviors.setup(context -> new MemberEvents(context, downed));
  }

  @Override
  public Receive<ClusterEvent.ClusterDomainEvent> createReceive() {
    return newReceiveBuilder()
        .onMessage(ClusterEvent.ClusterDomainEvent.class, this::onEvent)
        .build();
  }

  private Behavior<ClusterEvent.ClusterDomainEvent> onEvent(ClusterEvent.ClusterDomainEvent event) {
    line(event, self).ifPresent(LOG::info);
    if (event instanceof ClusterEvent.MemberRemoved removed
        && removed.previousStatus().equals(MemberStatus.down())
        && !removed.member().uniqueAddress().equals(self.uniqueAddress())) {
      downed.accept(removed.member());
    }
    return this;
  }

  /** Returns the log line of an event, if it has one. */
  static Optional<String> line(ClusterEvent.ClusterDomainEvent event, Member self) {
    if (!(event instanceof ClusterEvent.MemberEvent)
        && !(event instanceof ClusterEvent.ReachabilityEvent)) {
      return Optional.empty();
    }
    Member member =
        event instanceof ClusterEvent.MemberEvent change
            ? change.member()
            : ((ClusterEvent.ReachabilityEvent) event).member();
    boolean own = member.uniqueAddress().equals(self.uniqueAddress());
    return text(event, own)
        .map(
            text ->
                own
                    ? "This node %s".formatted(text)
                    : "Node %s%s %s".formatted(member.address(), roles(member), text));
  }

  private static String roles(Member member) {
    Set<String> roles = Roles.of(member);
    return roles.isEmpty() ? "" : " (roles %s)".formatted(roles);
  }

  private static Optional<String> text(ClusterEvent.ClusterDomainEvent event, boolean own) {
    if (event instanceof ClusterEvent.MemberUp) {
      return Optional.of("has joined the cluster");
    }
    if (event instanceof ClusterEvent.MemberLeft) {
      return Optional.of("leaves the cluster");
    }
    if (event instanceof ClusterEvent.MemberDowned) {
      return Optional.of("is lost: the cluster removes it, and other nodes take over its work");
    }
    if (event instanceof ClusterEvent.MemberRemoved removed && !own) {
      return removed.previousStatus().equals(MemberStatus.down())
          ? Optional.of("was removed from the cluster, because it was lost")
          : Optional.of("has left the cluster");
    }
    if (event instanceof ClusterEvent.UnreachableMember) {
      return Optional.of(
          "doesn't answer. Unless it answers again, the cluster removes it after pekko.cluster.split-brain-resolver.stable-after");
    }
    return event instanceof ClusterEvent.ReachableMember
        ? Optional.of("answers again")
        : Optional.empty();
  }
}
