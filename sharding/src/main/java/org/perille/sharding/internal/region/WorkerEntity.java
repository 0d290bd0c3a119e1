package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.perille.internal.partition.WorkerCommand;
import org.perille.internal.worker.Worker;

/**
 * The sharded entity of a worker.
 *
 * <p>Nothing is sent to it but the request to stop: a worker is reached through its partition. When
 * the worker has ended, after a failed write for example, it is started again after a moment.
 */
final class WorkerEntity extends AbstractBehavior<WorkerEntity.Command> {
  /** The delay that lets a failed database recover, and a predecessor that still writes stop. */
  private static final Duration RESTART_DELAY = Duration.ofSeconds(1);

  /** A message to the entity. */
  enum Command {
    STOP,
    RESTART
  }

  private final TimerScheduler<Command> timers;
  private final Behavior<WorkerCommand> behavior;
  private Optional<ActorRef<WorkerCommand>> worker = Optional.empty();
  private boolean stopping;

  static Behavior<Command> create(Behavior<WorkerCommand> worker) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new WorkerEntity(context, timers, worker)));
  }

  private WorkerEntity(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Behavior<WorkerCommand> behavior) {
    super(context);
    this.timers = timers;
    this.behavior = behavior;
    start();
  }

  private void start() {
    ActorRef<WorkerCommand> started = getContext().spawn(behavior, "worker");
    getContext().watch(started);
    worker = Optional.of(started);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessageEquals(Command.STOP, this::onStop)
        .onMessageEquals(Command.RESTART, this::onRestart)
        .onSignal(Terminated.class, this::onTerminated)
        .build();
  }

  private Behavior<Command> onStop() {
    stopping = true;
    worker.ifPresent(running -> running.tell(Worker.Stop.INSTANCE));
    return worker.isPresent() ? this : Behaviors.stopped();
  }

  private Behavior<Command> onRestart() {
    if (!stopping) {
      start();
    }
    return this;
  }

  private Behavior<Command> onTerminated(Terminated ended) {
    worker = Optional.empty();
    if (stopping) {
      return Behaviors.stopped();
    }
    timers.startSingleTimer(Command.RESTART, RESTART_DELAY);
    return this;
  }
}
