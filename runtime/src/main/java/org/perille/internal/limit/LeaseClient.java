package org.perille.internal.limit;

import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Renews a node's share of a subscription's limits: sends reports to the coordinator periodically.
 */
public final class LeaseClient extends AbstractBehavior<LeaseClient.Command> {

  /** The commands of a lease client. */
  public sealed interface Command {}

  private enum Ask implements Command {
    INSTANCE
  }

  private record Answered(LeaseGranted answer) implements Command {}

  private final TimerScheduler<Command> timers;
  private final NodeLimiter limiter;
  private final String node;
  private final Consumer<LeaseRequest> coordinator;
  private final ActorRef<LeaseGranted> answers;

  /**
   * Creates a lease client, which sends its first report at once.
   *
   * @param node the node's address and epoch
   * @param coordinator sends a report to the coordinator; a report may be lost
   */
  public static Behavior<Command> create(
      NodeLimiter limiter, String node, Consumer<LeaseRequest> coordinator) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new LeaseClient(context, timers, limiter, node, coordinator)));
  }

  private LeaseClient(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      NodeLimiter limiter,
      String node,
      Consumer<LeaseRequest> coordinator) {
    super(context);
    this.timers = timers;
    this.limiter = limiter;
    this.node = node;
    this.coordinator = coordinator;
    this.answers = context.messageAdapter(LeaseGranted.class, Answered::new);
    ask();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ask.class, message -> ask())
        .onMessage(Answered.class, this::onAnswered)
        .build();
  }

  private Behavior<Command> ask() {
    timers.startSingleTimer(Ask.INSTANCE, LimitAllocations.ASK_AGAIN_AFTER);
    coordinator.accept(new LeaseRequest(limiter.report(node), answers));
    return this;
  }

  private Behavior<Command> onAnswered(Answered message) {
    if (limiter.take(message.answer)) {
      timers.startSingleTimer(Ask.INSTANCE, message.answer.askAgainAfter());
    }
    return this;
  }
}
