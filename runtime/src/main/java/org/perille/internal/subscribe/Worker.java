package org.perille.internal.subscribe;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.perille.PublishRefusedException;
import org.perille.Subscription;
import org.perille.SubscriptionStatus.Trouble;
import org.perille.internal.effect.Outlet;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.wire.PayloadCodec;

/**
 * Handles one partition of one subscription, wherever the cluster puts it: recovers its cursor, is
 * fed from there, gets the messages handled, and makes durable what is finished, before or after,
 * as the guarantee says.
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

  private record Recovered(long incarnation, Optional<Cursor> cursor) implements LocalCommand {}

  private record Claimed<T>(ClaimedPartition<T> partition) implements LocalCommand {}

  private record Saved(Cursor cursor) implements LocalCommand {}

  private record Begins(Intake.Begins at) implements LocalCommand {}

  private record Received(FeedBatch batch) implements LocalCommand {}

  private enum OutcomesReady implements LocalCommand {
    INSTANCE
  }

  private record RetryDue(String key) implements LocalCommand {}

  private enum Flush implements LocalCommand {
    INSTANCE
  }

  private record CantGoOn(Throwable cause) implements LocalCommand {}

  private record HandlersEnded(boolean all) implements LocalCommand {}

  /**
   * What a worker is made for.
   *
   * @param name the subscription's name for the partition: that of the subscription, or of this
   *     node's share of an ephemeral one
   * @param partitionRequests takes what is asked of the partition
   * @param outlets where messages go that are published for handled ones
   * @param journal where messages are read again that were put aside
   * @param gate says how much may begin on this node
   */
  public record Assignment<T>(
      String name,
      Subscription<T> subscription,
      PartitionId partition,
      WorkerSettings settings,
      PayloadCodec<T> codec,
      HandlerThreads threads,
      Consumer<PartitionRequest> partitionRequests,
      Outlet.Outlets outlets,
      PartitionJournal journal,
      Gate gate,
      Clock clock) {

    String persistenceId() {
      return Worker.persistenceId(partition, name);
    }
  }

  /** The journal's name for the progress of a subscription in a partition. */
  public static String persistenceId(PartitionId partition, String name) {
    return "perille-subscription|" + partition.entityId() + "~" + name;
  }

  /** Offsets that one write promises not to have been attempted before. */
  private static final int ATTEMPTS_RESERVED = 20_000;

  private static final String HANDLERS_ENDED = "handlers-ended";

  private final TimerScheduler<Command> timers;
  private final Assignment<T> assignment;
  private final CursorTiming timing;
  private final WorkerSettings settings;
  private final Invokers<T> invokers;
  private final BatchMarks marks = new BatchMarks();
  private final Waiters waiters = new Waiters();

  /** What nothing will be published for again; read by those who publish, on any thread. */
  private final AtomicReference<OffsetSet> durablyHandled = new AtomicReference<>(OffsetSet.NONE);

  private Optional<Cursor> durable = Optional.empty();

  /** Makes a cursor durable, then tells this worker. */
  private Consumer<Cursor> store;

  private Optional<HandlerPool> pool = Optional.empty();
  private Optional<ActorRef<Intake.Command>> intake = Optional.empty();
  private Optional<Cursor> cursor = Optional.empty();
  private Optional<FeedBatch> untilSaved = Optional.empty();
  private Optional<Throwable> failure = Optional.empty();
  private Optional<WorkerRequest.Reset> reset = Optional.empty();
  private long incarnation;
  private long redeliveredBelow;
  private long attemptedBelow;
  private int inFlightMessages;
  private long inFlightBytes;
  private boolean nextAsked;
  private boolean saving;
  private boolean dirty;
  private boolean stopRequested;
  private boolean ending;
  private boolean ended;
  private boolean quiet;
  private long handledBefore;

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
    this.timing = CursorTiming.of(assignment.subscription);
    this.settings = assignment.settings;
    this.invokers =
        new Invokers<>(
            assignment.subscription,
            assignment.partition,
            new Deliveries<>(
                assignment.subscription.name(), assignment.partition, assignment.codec),
            assignment.threads,
            settings.effects(),
            assignment.outlets,
            assignment.clock);
    ActorRef<Command> self = context.getSelf();
    this.store = unchanged -> self.tell(new Saved(unchanged));
    recover();
  }

  /** Takes the partition over and finds the cursor, where the guarantee keeps it. */
  private void recover() {
    if (assignment.subscription.processing()
        instanceof Subscription.Processing.Transactional<T> handler) {
      PartitionId partition = assignment.partition;
      getContext()
          .pipeToSelf(
              ClaimedPartition.claim(
                  () ->
                      handler
                          .handler()
                          .claim(partition.topic(), assignment.name, partition.partition()),
                  assignment.threads),
              (claimed, failed) -> failed == null ? new Claimed<>(claimed) : new CantGoOn(failed));
    } else if (timing == CursorTiming.NEVER) {
      getContext().getSelf().tell(new Recovered(assignment.clock.millis(), Optional.empty()));
    } else {
      recoverFromJournal();
    }
  }

  private void recoverFromJournal() {
    ActorRef<ProgressLog.Answer> answers =
        getContext()
            .messageAdapter(
                ProgressLog.Answer.class,
                answer ->
                    answer instanceof ProgressLog.Recovered recovered
                        ? new Recovered(recovered.incarnation(), recovered.cursor())
                        : new Saved(((ProgressLog.Saved) answer).cursor()));
    ActorRef<ProgressLog.Command> log =
        getContext()
            .spawn(
                ProgressLog.create(assignment.persistenceId(), settings, assignment.clock, answers),
                "progress");
    getContext()
        .watchWith(
            log,
            new CantGoOn(
                new IllegalStateException(
                    "its cursor could not be read or written; the log has the cause")));
    store = newCursor -> log.tell(new ProgressLog.Save(newCursor));
  }

  @SuppressWarnings("unchecked") // made by this worker
  private Behavior<Command> onClaimed(Claimed<?> message) {
    ClaimedPartition<T> partition = (ClaimedPartition<T>) message.partition;
    ActorRef<Command> self = getContext().getSelf();
    store =
        newCursor ->
            partition
                .begin(newCursor)
                .whenComplete(
                    (saved, failed) ->
                        self.tell(failed == null ? new Saved(saved) : new CantGoOn(failed)));
    return begin(
        partition.incarnation(), partition.cursor(), invokers.transactional(partition, marks));
  }

  private Behavior<Command> onRecovered(Recovered message) {
    Generation generation =
        message.cursor.map(Cursor::generation).orElseGet(() -> Generation.startingAt(0));
    return begin(
        message.incarnation,
        message.cursor,
        invokers.of(getContext(), message.incarnation, generation, durablyHandled::get));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Recovered.class, this::onRecovered)
        .onMessage(Claimed.class, this::onClaimed)
        .onMessage(Begins.class, this::onBegins)
        .onMessage(Received.class, this::onReceived)
        .onMessage(OutcomesReady.class, message -> onOutcomesReady())
        .onMessage(RetryDue.class, this::onRetryDue)
        .onMessage(Flush.class, message -> onFlush())
        .onMessage(Saved.class, this::onSaved)
        .onMessage(CantGoOn.class, this::onCantGoOn)
        .onMessage(Stop.class, message -> onStop())
        .onMessage(HandlersEnded.class, this::onHandlersEnded)
        .onMessage(WorkerRequest.AwaitFinished.class, this::onAwaitFinished)
        .onMessage(WorkerRequest.Reset.class, this::onReset)
        .onSignal(PreRestart.class, signal -> closePool())
        .onSignal(PostStop.class, signal -> closePool())
        .build();
  }

  private Behavior<Command> begin(
      long newIncarnation, Optional<Cursor> recovered, Invoker invoker) {
    if (ending) {
      return this;
    }
    incarnation = newIncarnation;
    cursor = recovered;
    recovered.ifPresent(this::setDurable);
    redeliveredBelow =
        timing == CursorTiming.AFTER ? cursor.map(Cursor::attemptedBelow).orElse(0L) : 0;
    attemptedBelow = redeliveredBelow;
    ActorRef<Command> self = getContext().getSelf();
    pool =
        Optional.of(
            new HandlerPool(
                assignment.threads,
                invoker,
                assignment.subscription.parallelism(),
                () -> self.tell(OutcomesReady.INSTANCE)));
    ReadFrom from =
        cursor
            .<ReadFrom>map(c -> new ReadFrom.Resume(c.nextOffset(), c.sequenceNumber()))
            .orElseGet(() -> ReadFrom.of(assignment.subscription.start()));
    intake =
        Optional.of(
            getContext()
                .spawn(
                    Intake.create(
                        new Intake.Subscriber(
                            assignment.name,
                            incarnation,
                            cursor.map(Cursor::finishedAbove).orElse(0L),
                            self.narrow()),
                        from,
                        settings.window(),
                        assignment.partitionRequests,
                        getContext().messageAdapter(Intake.Event.class, Worker::intakeEvent)),
                    "intake"));
    getContext()
        .getLog()
        .info(
            "{} works on partition {} from offset {}",
            assignment.subscription,
            assignment.partition,
            cursor.map(c -> Long.toString(c.nextOffset())).orElse("of its start position"));
    if (cursor.isPresent()) {
      askForMore();
    }
    return this;
  }

  private static Command intakeEvent(Intake.Event event) {
    return event instanceof Intake.Begins begins
        ? new Begins(begins)
        : new Received(((Intake.Batch) event).batch());
  }

  /** Where a new subscription begins must be durable before it acts: "latest" moves on. */
  private Behavior<Command> onBegins(Begins message) {
    if (cursor.isEmpty() && !ending) {
      cursor = Optional.of(Cursor.startingAt(message.at.offset(), message.at.sequenceNumber()));
      save();
    }
    return this;
  }

  private Behavior<Command> onReceived(Received message) {
    nextAsked = false;
    FeedBatch batch = message.batch;
    if (ending) {
      return this;
    }
    if (timing == CursorTiming.BEFORE) {
      untilSaved = Optional.of(batch);
      cursor = cursor.map(c -> c.passing(batch.endOffset(), batch.sequenceNumber()));
      save();
    } else if (timing == CursorTiming.AFTER && batch.endOffset() > attemptedBelow) {
      untilSaved = Optional.of(batch);
      cursor = cursor.map(c -> c.attemptingBelow(batch.endOffset() + ATTEMPTS_RESERVED));
      save();
    } else {
      accept(batch);
    }
    return this;
  }

  private void acceptLast() {
    FeedBatch batch = untilSaved.orElseThrow();
    untilSaved = Optional.empty();
    accept(batch);
    awaitHandlers();
  }

  private void accept(FeedBatch batch) {
    marks.add(batch.firstOffset(), batch.sequenceNumber());
    List<Work> works = new ArrayList<>(batch.entries().size());
    for (LogEntry entry : batch.entries()) {
      if (timing == CursorTiming.BEFORE || !cursor.orElseThrow().isFinished(entry.offset())) {
        works.add(new Work(entry, entry.offset() < redeliveredBelow));
        inFlightMessages++;
        inFlightBytes += entry.message().sizeInBytes();
      }
    }
    pool.orElseThrow().add(works);
    askForMore();
  }

  private void askForMore() {
    if (!nextAsked
        && untilSaved.isEmpty()
        && inFlightMessages < settings.maxInFlightMessages()
        && inFlightBytes < settings.maxInFlightBytes()) {
      nextAsked = true;
      intake.orElseThrow().tell(Intake.Next.INSTANCE);
    }
  }

  private Behavior<Command> onOutcomesReady() {
    takeOutcomes();
    if (!ending && cursor.isPresent()) {
      askForMore();
    }
    return this;
  }

  private void takeOutcomes() {
    List<Long> finished = new ArrayList<>();
    for (HandlerPool.Outcome outcome : pool.orElseThrow().takeOutcomes()) {
      if (outcome instanceof HandlerPool.Done done) {
        finish(done.work(), finished);
      } else if (outcome instanceof HandlerPool.Failed failed) {
        onAttemptFailed(failed, finished);
      } else if (outcome instanceof HandlerPool.Broken broken) {
        getContext().getSelf().tell(new CantGoOn(broken.cause()));
      }
    }
    if (!finished.isEmpty() && timing != CursorTiming.BEFORE) {
      cursor = cursor.map(c -> c.finish(finished, marks::sequenceNumberAt));
      cursor.ifPresent(c -> marks.forgetBefore(c.nextOffset()));
      if (invokers.areDurableWhenDone()) {
        cursor.ifPresent(waiters::answer);
      }
      dirty = true;
      flushLater();
    }
  }

  private void finish(Work work, List<Long> finished) {
    inFlightMessages--;
    inFlightBytes -= work.entry().message().sizeInBytes();
    finished.add(work.entry().offset());
  }

  private void onAttemptFailed(HandlerPool.Failed failed, List<Long> finished) {
    Work work = failed.work();
    boolean again = timing == CursorTiming.AFTER || timing == CursorTiming.WITH_EFFECT;
    getContext()
        .getLog()
        .warn(
            "{} failed to handle {} offset {} (key '{}') at attempt {}; {}",
            assignment.subscription,
            assignment.partition,
            work.entry().offset(),
            work.key(),
            work.attempts(),
            again
                ? "trying again in " + assignment.subscription.retries().delayAfter(1, 0.5)
                : "its guarantee allows no second attempt, so the message is skipped",
            failed.cause());
    if (again) {
      timers.startSingleTimer(
          "retry " + work.key(),
          new RetryDue(work.key()),
          assignment.subscription.retries().delayAfter(1, 0.5));
    } else {
      finish(work, finished);
      pool.orElseThrow().skip(work.key());
    }
  }

  private Behavior<Command> onRetryDue(RetryDue message) {
    pool.orElseThrow().retry(message.key);
    return this;
  }

  private void flushLater() {
    if (!timers.isTimerActive(Flush.INSTANCE)) {
      timers.startSingleTimer(Flush.INSTANCE, settings.cursorInterval());
    }
  }

  private Behavior<Command> onFlush() {
    if (dirty && !saving) {
      dirty = false;
      if (timing == CursorTiming.AFTER) {
        save();
      } else {
        nowDurable(cursor.orElseThrow());
      }
    }
    return this;
  }

  private void save() {
    saving = true;
    store.accept(cursor.orElseThrow());
  }

  private Behavior<Command> onSaved(Saved message) {
    saving = false;
    attemptedBelow = Math.max(attemptedBelow, message.cursor.attemptedBelow());
    nowDurable(message.cursor);
    if (ending) {
      if (timing == CursorTiming.BEFORE && !ended && untilSaved.isPresent()) {
        acceptLast();
      }
      return ended ? onEnded() : this;
    }
    Optional<FeedBatch> batch = untilSaved;
    if (batch.filter(b -> b.endOffset() <= attemptedBelow).isPresent()) {
      untilSaved = Optional.empty();
      accept(batch.get());
    } else if (batch.isPresent()) {
      save();
    } else {
      askForMore();
    }
    if (dirty) {
      flushLater();
    }
    return this;
  }

  private void nowDurable(Cursor saved) {
    setDurable(saved);
    waiters.answer(saved);
    assignment.partitionRequests.accept(
        new PartitionRequest.CursorReport(
            assignment.name, incarnation, saved.nextOffset(), saved.finishedAbove(), Trouble.NONE));
  }

  private void setDurable(Cursor saved) {
    durable = Optional.of(saved);
    durablyHandled.set(saved.handled());
  }

  private Behavior<Command> onAwaitFinished(WorkerRequest.AwaitFinished request) {
    waiters.add(request);
    (invokers.areDurableWhenDone() ? cursor : durable).ifPresent(waiters::answer);
    return this;
  }

  /** What is being handled is finished first; then the new generation begins with a new life. */
  private Behavior<Command> onReset(WorkerRequest.Reset request) {
    if (cursor.isEmpty() || timing == CursorTiming.NEVER || ending) {
      return this;
    }
    Generation current = cursor.get().generation();
    if (current.resetId().equals(request.resetId())) {
      request.replyTo().tell(new WorkerRequest.ResetDone(current.number(), current.start(), 0));
      return this;
    }
    reset = Optional.of(request);
    return beginEnding();
  }

  private Behavior<Command> onCantGoOn(CantGoOn message) {
    if (message.cause instanceof PublishRefusedException refused
        && refused.reason() == PublishRefusedException.Reason.STOPPED) {
      // This node is about to hand over. What couldn't be published its successor publishes.
      return beginEnding();
    }
    getContext()
        .getLog()
        .warn(
            "{} can't go on with partition {} and begins anew with what is durable: {}",
            assignment.subscription,
            assignment.partition,
            message.cause.toString());
    failure = Optional.of(message.cause);
    // What an ending worker waits for may never come now.
    return ended ? end() : beginEnding();
  }

  private Behavior<Command> onStop() {
    stopRequested = true;
    return ended ? onEnded() : beginEnding();
  }

  private Behavior<Command> beginEnding() {
    if (ending) {
      return this;
    }
    ending = true;
    intake.ifPresent(getContext()::stop);
    timers.startSingleTimer(HANDLERS_ENDED, new HandlersEnded(false), settings.stopTimeout());
    if (timing != CursorTiming.BEFORE || untilSaved.isEmpty() || failure.isPresent()) {
      awaitHandlers();
    }
    return this;
  }

  /** What at-most-once has taken is behind its cursor: if it isn't handled now it is lost. */
  private void awaitHandlers() {
    ActorRef<Command> self = getContext().getSelf();
    pool.map(timing == CursorTiming.BEFORE ? HandlerPool::drain : HandlerPool::close)
        .orElseGet(() -> CompletableFuture.completedFuture(null))
        .whenComplete((done, ignored) -> self.tell(new HandlersEnded(true)));
  }

  private Behavior<Command> onHandlersEnded(HandlersEnded message) {
    if (ended) {
      return this;
    }
    timers.cancel(HANDLERS_ENDED);
    ended = true;
    quiet = message.all;
    return onEnded();
  }

  /** Makes durable what is finished, and ends; comes back whenever something is durable. */
  private Behavior<Command> onEnded() {
    if (pool.isPresent()) {
      takeOutcomes();
    }
    if (failure.isPresent()) {
      return end();
    }
    if (saving) {
      return this;
    }
    if (dirty && timing == CursorTiming.AFTER) {
      dirty = false;
      save();
      return this;
    }
    if (reset.isPresent() && !stopRequested) {
      return endWithReset(reset.get());
    }
    return end();
  }

  private Behavior<Command> endWithReset(WorkerRequest.Reset request) {
    Cursor current = cursor.orElseThrow();
    if (current.generation().resetId().equals(request.resetId())) {
      tellOfReset(request, current);
      throw new ResetException();
    }
    if (timing == CursorTiming.WITH_EFFECT && !quiet) {
      // A transaction that is still running would commit into the new generation.
      throw new ResetException();
    }
    handledBefore = current.handled().countFrom(request.offset());
    cursor =
        Optional.of(
            current.reset(
                request.resetId(),
                request.offset(),
                request.sequenceNumber(),
                request.publishAgain()));
    save();
    return this;
  }

  private void tellOfReset(WorkerRequest.Reset request, Cursor after) {
    getContext()
        .getLog()
        .info(
            "{} begins generation {} of partition {} at offset {}",
            assignment.subscription,
            after.generation().number(),
            assignment.partition,
            after.nextOffset());
    request
        .replyTo()
        .tell(
            new WorkerRequest.ResetDone(
                after.generation().number(), after.nextOffset(), handledBefore));
  }

  private Behavior<Command> end() {
    if (stopRequested) {
      return Behaviors.stopped();
    }
    if (failure.isEmpty()) {
      // It will be told to stop.
      return this;
    }
    throw new WorkerFailedException(failure.get());
  }

  private Behavior<Command> closePool() {
    pool.ifPresent(HandlerPool::close);
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
      super(cause.toString(), cause);
    }
  }
}
