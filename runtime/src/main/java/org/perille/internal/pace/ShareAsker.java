package org.perille.internal.pace;

import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/** Keeps a node's share of a subscription's limits valid: asks for it, again and again. */
public final class ShareAsker extends AbstractBehavior<ShareAsker.Command> {

  /** What an asker is told. */
  public sealed interface Command {}

  private enum Ask implements Command {
    INSTANCE
  }

  private record Answered(ShareAnswer answer) implements Command {}

  private final TimerScheduler<Command> timers;
  private final NodeGate gate;
  private final String node;
  private final Consumer<ShareRequest> keeper;
  private final ActorRef<ShareAnswer> answers;

  /**
   * Makes an asker.
   *
   * @param node its address and incarnation
   * @param keeper where questions are sent to, and may be lost
   */
  public static Behavior<Command> create(
      NodeGate gate, String node, Consumer<ShareRequest> keeper) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new ShareAsker(context, timers, gate, node, keeper)));
  }

  private ShareAsker(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      NodeGate gate,
      String node,
      Consumer<ShareRequest> keeper) {
    super(context);
    this.timers = timers;
    this.gate = gate;
    this.node = node;
    this.keeper = keeper;
    this.answers = context.messageAdapter(ShareAnswer.class, Answered::new);
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
    timers.startSingleTimer(Ask.INSTANCE, Shares.ASK_AGAIN_AFTER);
    keeper.accept(new ShareRequest(gate.report(node), answers));
    return this;
  }

  private Behavior<Command> onAnswered(Answered message) {
    if (gate.take(message.answer)) {
      timers.startSingleTimer(Ask.INSTANCE, message.answer.askAgainAfter());
    }
    return this;
  }
}
