package org.perille.internal.subscribe;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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
import org.perille.Subscription;
import org.perille.Subscription.Processing;
import org.perille.internal.NodeProblems;
import org.perille.internal.effect.Outlet;
import org.perille.internal.failure.FailureLog;
import org.perille.internal.failure.UserCode;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.wire.PayloadCodec;
import org.perille.spi.TransactionalHandler;

/**
 * Handles one partition of one subscription, wherever the cluster puts it: recovers its cursor, is
 * fed from there, gets the messages handled, and makes durable what is finished, before or after,
 * as the guarantee says. What it does is decided by its {@link WorkerCore}; this is the actor, with
 * its children and timers.
 *
 * <p>Whatever it can't go on after (a write that failed, a successor that acts) ends it once its
 * running handlers have ended; it then begins anew with what is durable.
 *
 * @param <T> the messages
 */
public final class Worker<T> extends AbstractBehavior<Worker.Command> {

  /** What a worker is told. */
  public sealed interface Command permits WorkerRequest, LocalCommand {}

  /** What only actors beside the worker may tell it. */
  public sealed interface LocalCommand extends Command {}

  /** Hand over: begin nothing new, finish what runs, make it durable, end. */
  public enum Stop implements LocalCommand {
    INSTANCE
  }

  /**
   * Something that is done on the worker's thread.
   *
   * @param life that it belongs to: what was begun in an earlier one must not act on a later one
   */
  private record InTurn(Worker<?> life, Runnable what) implements LocalCommand {}

  /**
   * What a worker is made for.
   *
   * @param name the subscription's name for the partition: that of the subscription, or of this
   *     node's share of an ephemeral one
   * @param partitionRequests takes what is asked of the partition
   * @param outlets where messages go that are published for handled ones
   * @param journal where messages are read again that were put aside
   * @param gate says how much may begin on this node
   * @param processing how the subscription's handler is called
   * @param time what is taken for the time
   */
  public record Assignment<T>(
      String name,
      Subscription<T> subscription,
      PartitionId partition,
      WorkerSettings settings,
      PayloadCodec<T> codec,
      Executor threads,
      Consumer<PartitionRequest> partitionRequests,
      Outlet.Outlets outlets,
      PartitionJournal journal,
      Gate gate,
      Processing<T> processing,
      WorkerTime time) {

    /** Calls the subscription's handler as it is, in the time of a clock. */
    public Assignment(
        String name,
        Subscription<T> subscription,
        PartitionId partition,
        WorkerSettings settings,
        PayloadCodec<T> codec,
        Executor threads,
        Consumer<PartitionRequest> partitionRequests,
        Outlet.Outlets outlets,
        PartitionJournal journal,
        Gate gate,
        Clock clock) {
      this(
          name,
          subscription,
          partition,
          settings,
          codec,
          threads,
          partitionRequests,
          outlets,
          journal,
          gate,
          subscription.processing(),
          WorkerTime.of(clock));
    }

    /** The subscription and partition, for people. */
    String description() {
      return "%s, partition %d".formatted(subscription, partition.partition());
    }

    Clock clock() {
      return time.clock();
    }

    WorkerIds ids() {
      return new WorkerIds(partition, name);
    }
  }

  private final TimerScheduler<Command> timers;
  private final Assignment<T> assignment;
  private final WorkerSettings settings;
  private final WorkerCore<T> core;
  private Optional<ActorRef<Intake.Command>> intake = Optional.empty();
  private long wakeAtMillis;

  public static <T> Behavior<Command> create(Assignment<T> assignment) {
    Behavior<Command> worker =
        Behaviors.setup(
            context -> Behaviors.withTimers(timers -> new Worker<>(context, timers, assignment)));
    return Behaviors.supervise(
            Behaviors.supervise(worker)
                .onFailure(
                    ResetException.class, SupervisorStrategy.restart().withLoggingEnabled(false)))
        .onFailure(
            SupervisorStrategy.restartWithBackoff(
                Duration.ofMillis(200), Duration.ofSeconds(10), 0.2));
  }

  private Worker(
      ActorContext<Command> context, TimerScheduler<Command> timers, Assignment<T> assignment) {
    super(context);
    this.timers = timers;
    this.assignment = assignment;
    this.settings = assignment.settings;
    this.core = new WorkerCore<>(assignment, context.getLog(), new Shell(context.getSelf()));
    if (!core.policy().outlivesWorker()) {
      long incarnation = assignment.clock().millis();
      context
          .getSelf()
          .tell(
              new InTurn(
                  this,
                  () ->
                      begin(
                          incarnation,
                          Optional.empty(),
                          () -> core.begin(incarnation, invoker(incarnation, Optional.empty())))));
    } else {
      recoverFailures();
    }
  }

  /** What the core needs of the actor. */
  private final class Shell implements WorkerCore.Shell {
    private final ActorRef<Command> self;

    Shell(ActorRef<Command> self) {
      this.self = self;
    }

    @Override
    public void inTurn(Runnable what) {
      self.tell(new InTurn(Worker.this, what));
    }

    @Override
    public void wakeAt(long millis) {
      if (millis != wakeAtMillis || !timers.isTimerActive(Timer.WAKE)) {
        wakeAtMillis = millis;
        assignment.time.dueTimes().accept(millis);
        startTimer(
            Timer.WAKE,
            core::proceed,
            assignment.time.sleep(
                Duration.ofMillis(Math.max(1, millis - assignment.clock().millis()))));
      }
    }

    @Override
    public void flushLater() {
      if (!timers.isTimerActive(Timer.FLUSH)) {
        startTimer(Timer.FLUSH, core::flush, settings.cursorInterval());
      }
    }

    @Override
    public void askForBatch() {
      intake.orElseThrow().tell(Intake.Next.INSTANCE);
    }

    @Override
    public void endSoon() {
      intake.ifPresent(getContext()::stop);
      startTimer(Timer.STOP, () -> core.handlersEnded(false), settings.stopTimeout());
    }
  }

  /** A report can be lost on its way, and what it would have said may never change again. */
  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(5);

  /** Longer than the longest pause before a restart. */
  private static final Duration FAILURE_SHOWN_FOR = Duration.ofSeconds(30);

  private enum Timer {
    WAKE,
    FLUSH,
    DEADLINES,
    REPORT,
    STOP
  }

  private void startTimer(Timer timer, Runnable then, Duration delay) {
    timers.startSingleTimer(timer, new InTurn(this, then), delay);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(InTurn.class, this::onInTurn)
        .onMessage(Stop.class, message -> after(core::stop))
        .onMessage(WorkerRequest.class, request -> after(() -> on(request)))
        .onSignal(ChildFailed.class, this::onChildFailed)
        .onSignal(Terminated.class, signal -> this)
        .onSignal(PreRestart.class, signal -> close())
        .onSignal(PostStop.class, signal -> close())
        .build();
  }

  private Behavior<Command> onInTurn(InTurn message) {
    return message.life == this ? after(message.what) : this;
  }

  /** Unless it is watched nobody learns of it, and the worker waits for ever. */
  private Behavior<Command> onChildFailed(ChildFailed signal) {
    return after(() -> core.cantGoOn(signal.getCause()));
  }

  private Behavior<Command> after(Runnable what) {
    what.run();
    return core.end().map(this::end).orElse(this);
  }

  private void on(WorkerRequest request) {
    if (request instanceof WorkerRequest.AwaitFinished waits) {
      core.awaitFinished(waits);
    } else if (request instanceof WorkerRequest.Reset reset) {
      core.reset(reset);
    } else {
      core.order(orders -> orders.on(request));
    }
  }

  /** What is known of failures comes first: from then on no predecessor can add to it. */
  private void recoverFailures() {
    AtomicReference<ActorRef<FailureLog.Command>> log = new AtomicReference<>();
    log.set(
        spawn(
            "failures",
            FailureLog.create(
                new FailureLog.Storage(
                    assignment.ids().failures(),
                    settings.journalPluginId(),
                    settings.snapshotPluginId(),
                    settings.node()),
                assignment.clock(),
                adapter(FailureLog.Answer.class, answer -> onFailures(answer, log.get()))),
            "what is known of its failures could not be read or written; the log has the cause"));
  }

  private void onFailures(FailureLog.Answer answer, ActorRef<FailureLog.Command> log) {
    if (answer instanceof FailureLog.Recovered recovered) {
      core.failuresRecovered(
          recovered.failures(), changes -> log.tell(new FailureLog.Save(changes)));
      recoverCursor();
    } else {
      core.failuresSaved();
    }
  }

  /** Takes the partition over and finds the cursor, where the guarantee keeps it. */
  private void recoverCursor() {
    AtomicReference<ActorRef<ProgressLog.Command>> log = new AtomicReference<>();
    String id = assignment.ids().progress();
    ActorRef<ProgressLog.Answer> self =
        adapter(ProgressLog.Answer.class, answer -> onProgress(answer, log.get()));
    log.set(
        spawn(
            "progress",
            assignment.processing instanceof Processing.Transactional
                ? ProgressLog.handOver(id, settings, assignment.clock(), self)
                : ProgressLog.create(id, settings, assignment.clock(), self),
            "its cursor could not be read or written; the log has the cause"));
  }

  private void onProgress(ProgressLog.Answer answer, ActorRef<ProgressLog.Command> log) {
    if (answer instanceof ProgressLog.Recovered recovered) {
      if (assignment.processing instanceof Processing.Transactional<T> handler) {
        getContext().unwatch(log);
        getContext().stop(log);
        claim(handler.handler(), recovered);
        return;
      }
      begin(
          recovered.incarnation(),
          recovered.cursor(),
          () ->
              core.begin(
                  recovered.incarnation(),
                  recovered.cursor(),
                  invoker(recovered.incarnation(), recovered.cursor()),
                  cursor -> log.tell(new ProgressLog.Save(cursor))));
    } else {
      core.cursorSaved(((ProgressLog.Saved) answer).cursor());
    }
  }

  private void claim(TransactionalHandler<T> handler, ProgressLog.Recovered before) {
    PartitionId partition = assignment.partition;
    ActorRef<Command> self = getContext().getSelf();
    CursorHandOver handOver =
        new CursorHandOver(before, core.book().failures(), assignment.subscription, partition);
    ClaimedPartition.claim(
            () ->
                handler.claim(
                    partition.topic(),
                    assignment.name,
                    partition.partition(),
                    before.incarnation()),
            assignment.threads)
        .thenCompose(handOver::to)
        .whenComplete(
            (claimed, failed) ->
                self.tell(
                    new InTurn(
                        this,
                        () -> {
                          if (failed == null) {
                            begin(
                                claimed.incarnation(), claimed.cursor(), () -> core.begin(claimed));
                          } else {
                            core.cantGoOn(failed);
                          }
                        })));
  }

  private Invoker invoker(long incarnation, Optional<Cursor> recovered) {
    return core.invokers()
        .of(
            getContext(),
            incarnation,
            recovered.map(Cursor::generation).orElseGet(() -> Generation.startingAt(0)),
            core::durablyHandled);
  }

  private void begin(long incarnation, Optional<Cursor> recovered, Runnable begin) {
    if (core.isEnding()) {
      return;
    }
    begin.run();
    Duration shortest =
        assignment
            .subscription
            .deadline()
            .filter(deadline -> deadline.compareTo(settings.hangingAfter()) < 0)
            .orElse(settings.hangingAfter());
    timers.startTimerWithFixedDelay(
        Timer.DEADLINES,
        new InTurn(this, () -> core.checkDeadlines(assignment.time.nanoClock().getAsLong())),
        assignment.time.sleep(between(shortest)));
    timers.startTimerWithFixedDelay(Timer.REPORT, new InTurn(this, core::report), REPORT_INTERVAL);
    ReadFrom from =
        recovered
            .<ReadFrom>map(c -> new ReadFrom.Resume(c.nextOffset(), c.sequenceNumber(), c.mark()))
            .orElseGet(() -> ReadFrom.of(assignment.subscription.start()));
    intake =
        Optional.of(
            getContext()
                .spawn(
                    Intake.create(
                        new Intake.Subscriber(
                            assignment.name,
                            incarnation,
                            getContext().getSelf().narrow(),
                            assignment.description()),
                        from,
                        settings.window(),
                        assignment.partitionRequests,
                        adapter(Intake.Event.class, this::onIntake)),
                    "intake"));
    intake.ifPresent(getContext()::watch);
    core.proceed();
  }

  /** How often to look for calls that run for too long: late by a quarter at the most. */
  private static Duration between(Duration deadline) {
    long millis = deadline.toMillis() / 4;
    return Duration.ofMillis(Math.max(5, Math.min(1000, millis)));
  }

  private void onIntake(Intake.Event event) {
    if (event instanceof Intake.Begins begins) {
      core.startsAt(begins);
    } else if (event instanceof Intake.Batch batch) {
      core.received(batch.batch());
    } else if (event instanceof Intake.Refused refused) {
      core.fed(Optional.of(refused.reason()));
    } else {
      core.fed(Optional.empty());
    }
  }

  private <M> ActorRef<M> adapter(Class<M> type, Consumer<M> then) {
    return getContext()
        .messageAdapter(type, message -> new InTurn(this, () -> then.accept(message)));
  }

  private <M> ActorRef<M> spawn(String name, Behavior<M> behavior, String whenItEnds) {
    ActorRef<M> child = getContext().spawn(behavior, name);
    getContext()
        .watchWith(
            child, new InTurn(this, () -> core.cantGoOn(new IllegalStateException(whenItEnds))));
    return child;
  }

  private Behavior<Command> end(WorkerCore.End end) {
    if (end instanceof WorkerCore.Failed failed) {
      NodeProblems.of(getContext().getSystem())
          .report(
              assignment.description() + " (restarting)",
              "it can't go on, and begins anew: " + failed.cause(),
              FAILURE_SHOWN_FOR);
      throw new WorkerFailedException(failed.cause());
    }
    if (end instanceof WorkerCore.WasReset) {
      throw new ResetException();
    }
    return Behaviors.stopped();
  }

  private Behavior<Command> close() {
    core.close();
    return this;
  }

  /** Makes the supervisor start the worker anew, in the next generation if it is durable. */
  private static final class ResetException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Makes the supervisor start the worker anew. */
  private static final class WorkerFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WorkerFailedException(Throwable cause) {
      super(UserCode.describe(cause), UserCode.loggable(cause));
    }
  }
}
