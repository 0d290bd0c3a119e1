package org.perille.internal.worker;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.perille.internal.NodeProblems;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.Generation;
import org.perille.internal.failure.UserCode;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.handler.Invoker;
import org.perille.internal.partition.WorkerCommand;
import org.perille.internal.partition.WorkerRequest;
import org.perille.internal.settings.WorkerSettings;

/**
 * Handles one partition of one subscription, on the node where the cluster places it.
 *
 * <p>The worker recovers its cursor, receives messages from there, calls the handler, and makes
 * finished messages durable before or after, depending on the guarantee. Its {@link WorkerCore}
 * decides. This actor converts messages to events, and executes the actions that need its children
 * and timers.
 *
 * <p>A failed write, or a successor that is active, ends the worker when its running handlers have
 * ended. It then restarts with the durable state.
 *
 * @param <T> the type of the messages
 */
public final class Worker<T> extends AbstractBehavior<WorkerCommand> {

  /** The commands that only actors beside the worker may send to it. */
  public sealed interface LocalCommand extends WorkerCommand {}

  /**
   * Requests a hand-over: the worker begins nothing new, finishes what runs, makes it durable, and
   * ends.
   */
  public enum Stop implements LocalCommand {
    INSTANCE
  }

  /**
   * An input of the worker.
   *
   * @param run of the worker that the input belongs to; inputs of an earlier run have no effect
   */
  private record Happened(Worker<?> run, WorkerInput what) implements LocalCommand {}

  /** The time for which a failure is reported: longer than the longest pause before a restart. */
  private static final Duration FAILURE_SHOWN_FOR = Duration.ofSeconds(30);

  private enum Timer {
    WAKE,
    FLUSH,
    DEADLINES,
    REPORT,
    STOP
  }

  private final TimerScheduler<WorkerCommand> timers;
  private final WorkerAssignment<T> assignment;
  private final WorkerSettings settings;
  private final WorkerCore core;
  private final WorkerEffects<T> effects;
  private final WorkerStorage<T> storage;
  private final Invokers<T> invokers;
  private final WorkerActivity activity;
  private Optional<ActorRef<FeedClient.Command>> feedClient = Optional.empty();
  private final Duration deadlineChecks;
  private final RepeatedReports repeatedReports = new RepeatedReports();
  private long wakeAtMillis;

  public static <T> Behavior<WorkerCommand> create(WorkerAssignment<T> assignment) {
    Behavior<WorkerCommand> worker =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(timers -> new Worker<>(context, timers, assignment).begin()));
    return Behaviors.supervise(
            Behaviors.supervise(worker)
                .onFailure(
                    ResetException.class, SupervisorStrategy.restart().withLoggingEnabled(false)))
        .onFailure(
            SupervisorStrategy.restartWithBackoff(
                Duration.ofMillis(200), Duration.ofSeconds(10), 0.2));
  }

  private Worker(
      ActorContext<WorkerCommand> context,
      TimerScheduler<WorkerCommand> timers,
      WorkerAssignment<T> assignment) {
    super(context);
    this.timers = timers;
    this.assignment = assignment;
    this.settings = assignment.settings();
    this.core =
        new WorkerCore(
            assignment.subscription(),
            assignment.partition(),
            settings,
            EffectPolicy.of(assignment.processing()),
            () -> ThreadLocalRandom.current().nextDouble());
    ActorRef<WorkerCommand> self = context.getSelf();
    this.effects =
        new WorkerEffects<>(
            assignment,
            core.marks(),
            context.getLog(),
            input -> self.tell(new Happened(this, input)));
    this.storage =
        new WorkerStorage<>(context, assignment, core, effects, input -> new Happened(this, input));
    this.invokers = new Invokers<>(assignment);
    this.deadlineChecks =
        between(
            assignment
                .subscription()
                .deadline()
                .filter(deadline -> deadline.compareTo(settings.hangingAfter()) < 0)
                .orElse(settings.hangingAfter()));
    this.activity = new WorkerActivity(assignment);
  }

  private Behavior<WorkerCommand> begin() {
    return carryOut(core.begin());
  }

  @Override
  public Receive<WorkerCommand> createReceive() {
    return newReceiveBuilder()
        .onMessage(Happened.class, message -> message.run == this ? on(message.what) : this)
        .onMessage(Stop.class, message -> on(WorkerEvent.StopRequested.INSTANCE))
        .onMessage(WorkerRequest.class, request -> on(new WorkerEvent.Requested(request)))
        // Without watching the child its failure would go unnoticed, and the worker would wait for
        // ever.
        .onSignal(ChildFailed.class, signal -> on(new WorkerEvent.Failed(signal.getCause())))
        .onSignal(Terminated.class, signal -> this)
        .onSignal(PreRestart.class, signal -> close())
        .onSignal(PostStop.class, signal -> close())
        .build();
  }

  private Behavior<WorkerCommand> on(WorkerInput input) {
    if (input == WorkerEvent.ReportDue.INSTANCE) {
      activity.report(effects.calls(), invokers.keys());
    }
    boolean idle = effects.areHandlersIdle();
    Behavior<WorkerCommand> next =
        carryOut(core.on(effects.toEvent(input), assignment.clock().millis()));
    if (idle && input == PoolSignal.CHECK_DEADLINES) {
      timers.cancel(Timer.DEADLINES);
    } else if (input == WorkerEvent.ReportDue.INSTANCE) {
      repeatReport(repeatedReports.repeated(idle));
    }
    return next;
  }

  private Behavior<WorkerCommand> carryOut(List<WorkerAction> actions) {
    for (WorkerAction action : actions) {
      if (action instanceof WorkerAction.End end) {
        return end(end.how());
      }
      if (!effects.carryOut(action) && !storage.carryOut(action)) {
        carryOut(action);
      } else if (action instanceof WorkerAction.Handle) {
        checkDeadlines();
      } else if (action instanceof WorkerAction.Report) {
        repeatReport(repeatedReports.reported());
      }
    }
    return this;
  }

  /** Checks for missed deadlines from now on, until the handlers have nothing to do. */
  private void checkDeadlines() {
    if (!timers.isTimerActive(Timer.DEADLINES)) {
      timers.startTimerWithFixedDelay(
          Timer.DEADLINES,
          new Happened(this, PoolSignal.CHECK_DEADLINES),
          assignment.time().sleep(deadlineChecks));
    }
  }

  private void repeatReport(Duration delay) {
    startTimer(Timer.REPORT, WorkerEvent.ReportDue.INSTANCE, delay);
  }

  private void carryOut(WorkerAction action) {
    if (action instanceof WorkerAction.RequestBatch) {
      feedClient.orElseThrow().tell(FeedClient.Next.INSTANCE);
    } else if (action instanceof WorkerAction.FlushLater) {
      if (!timers.isTimerActive(Timer.FLUSH)) {
        startTimer(Timer.FLUSH, WorkerEvent.FlushDue.INSTANCE, settings.cursorInterval());
      }
    } else if (action instanceof WorkerAction.WakeAt wake) {
      wakeAt(wake.millis());
    } else if (action instanceof WorkerAction.StartHandlers start) {
      effects.startHandlers(invoker(start));
      activity.started();
    } else if (action instanceof WorkerAction.StartFeed start) {
      startFeed(start);
    } else if (action instanceof WorkerAction.StopFeed) {
      feedClient.ifPresent(getContext()::stop);
      startTimer(Timer.STOP, PoolSignal.STOP_TIMED_OUT, settings.stopTimeout());
    } else {
      throw new IllegalStateException("nothing carries out " + action);
    }
  }

  private void startTimer(Timer timer, WorkerInput then, Duration delay) {
    timers.startSingleTimer(timer, new Happened(this, then), delay);
  }

  private void wakeAt(long millis) {
    if (millis != wakeAtMillis || !timers.isTimerActive(Timer.WAKE)) {
      wakeAtMillis = millis;
      assignment.time().dueTimes().accept(millis);
      startTimer(
          Timer.WAKE,
          WorkerEvent.Woken.INSTANCE,
          assignment
              .time()
              .sleep(Duration.ofMillis(Math.max(1, millis - assignment.clock().millis()))));
    }
  }

  private Invoker invoker(WorkerAction.StartHandlers start) {
    return effects
        .claimed()
        .map(partition -> invokers.transactional(partition, core.marks(), core::passedBeforeNow))
        .orElseGet(
            () ->
                invokers.of(
                    getContext(),
                    start.epoch(),
                    start
                        .cursor()
                        .map(Cursor::generation)
                        .orElseGet(() -> Generation.startingAt(0)),
                    core::durablyHandled));
  }

  private void startFeed(WorkerAction.StartFeed start) {
    ReadFrom from =
        start
            .cursor()
            .<ReadFrom>map(c -> new ReadFrom.Resume(c.nextOffset(), c.sequenceNumber(), c.mark()))
            .orElseGet(() -> ReadFrom.of(assignment.subscription().start()));
    ActorRef<FeedClient.Command> spawned =
        getContext()
            .spawn(
                FeedClient.create(
                    new FeedClient.Subscriber(
                        assignment.name(),
                        start.epoch(),
                        getContext().getSelf().narrow(),
                        assignment.description()),
                    from,
                    settings.window(),
                    settings.decompressor(),
                    assignment.partitionRequests(),
                    getContext()
                        .messageAdapter(WorkerEvent.class, event -> new Happened(this, event))),
                "feed-client");
    getContext().watch(spawned);
    feedClient = Optional.of(spawned);
  }

  /**
   * Returns the interval of checks for calls that run too long. A check is late by a quarter of the
   * deadline at most.
   */
  private static Duration between(Duration deadline) {
    long millis = deadline.toMillis() / 4;
    return Duration.ofMillis(Math.max(5, Math.min(1000, millis)));
  }

  private Behavior<WorkerCommand> end(WorkerEnd end) {
    if (end instanceof WorkerEnd.Failed failed) {
      NodeProblems.of(getContext().getSystem())
          .report(
              assignment.description() + " (restarting)",
              "its worker can't go on, and restarts: " + failed.cause(),
              FAILURE_SHOWN_FOR);
      throw new WorkerFailedException(failed.cause());
    }
    if (end instanceof WorkerEnd.WasReset) {
      throw new ResetException();
    }
    return Behaviors.stopped();
  }

  private Behavior<WorkerCommand> close() {
    effects.close();
    activity.ended(invokers.keys());
    return this;
  }

  /** Makes the supervisor restart the worker, in the next generation if that is durable. */
  private static final class ResetException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Makes the supervisor restart the worker. */
  private static final class WorkerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WorkerFailedException(Throwable cause) {
      super(UserCode.describe(cause), UserCode.loggable(cause));
    }
  }
}
