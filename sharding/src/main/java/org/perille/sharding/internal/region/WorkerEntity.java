package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.perille.internal.partition.WakeWorker;
import org.perille.internal.partition.WorkerCommand;
import org.perille.internal.worker.Worker;

/**
 * The sharded entity of a worker.
 *
 * <p>It starts the worker if there can be something to do for it, or when the partition wakes it.
 * Otherwise nothing is sent to it but the request to stop: a worker is reached through its
 * partition. When the worker has ended, after a failed write for example, it is started again after
 * a moment.
 */
final class WorkerEntity extends AbstractBehavior<WorkerCommand> {
  /** The delay that lets a failed database recover, and a predecessor that still writes stop. */
  private static final Duration RESTART_DELAY = Duration.ofSeconds(1);

  private enum Restart implements WorkerCommand {
    INSTANCE
  }

  /** The answer to the question whether there can be something to do. */
  private record Checked(boolean isNeeded) implements WorkerCommand {}

  private final TimerScheduler<WorkerCommand> timers;
  private final Behavior<WorkerCommand> behavior;
  private Optional<ActorRef<WorkerCommand>> worker = Optional.empty();
  private boolean stopping;

  /**
   * Creates the behavior.
   *
   * @param needed asks whether there can be something to do for the worker
   */
  static Behavior<WorkerCommand> create(
      Behavior<WorkerCommand> worker, Supplier<CompletionStage<Boolean>> needed) {
    return Behaviors.setup(
        context -> {
          context.pipeToSelf(
              needed.get(), (isNeeded, failure) -> new Checked(failure != null || isNeeded));
          return Behaviors.withTimers(timers -> new WorkerEntity(context, timers, worker));
        });
  }

  private WorkerEntity(
      ActorContext<WorkerCommand> context,
      TimerScheduler<WorkerCommand> timers,
      Behavior<WorkerCommand> behavior) {
    super(context);
    this.timers = timers;
    this.behavior = behavior;
  }

  @Override
  public Receive<WorkerCommand> createReceive() {
    return newReceiveBuilder()
        .onMessage(Checked.class, checked -> checked.isNeeded ? start() : this)
        .onMessage(WakeWorker.class, wake -> start())
        .onMessage(Restart.class, restart -> start())
        .onMessage(Worker.Stop.class, stop -> onStop())
        .onSignal(Terminated.class, this::onTerminated)
        .build();
  }

  /** Starts the worker, unless it runs, is about to start again, or must not start any more. */
  private Behavior<WorkerCommand> start() {
    if (worker.isEmpty() && !stopping && !timers.isTimerActive(Restart.INSTANCE)) {
      ActorRef<WorkerCommand> started = getContext().spawn(behavior, "worker");
      getContext().watch(started);
      worker = Optional.of(started);
    }
    return this;
  }

  private Behavior<WorkerCommand> onStop() {
    stopping = true;
    worker.ifPresent(running -> running.tell(Worker.Stop.INSTANCE));
    return worker.isPresent() ? this : Behaviors.stopped();
  }

  private Behavior<WorkerCommand> onTerminated(Terminated ended) {
    worker = Optional.empty();
    if (stopping) {
      return Behaviors.stopped();
    }
    timers.startSingleTimer(Restart.INSTANCE, RESTART_DELAY);
    return this;
  }
}
