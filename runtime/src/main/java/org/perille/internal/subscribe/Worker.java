package org.perille.internal.subscribe;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
import org.perille.Topic;
import org.perille.internal.effect.Outlet;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.FailureLog;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Letter;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.MessageReader;
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

  private record FailuresRecovered(FailureSnapshot failures) implements LocalCommand {}

  private enum FailuresSaved implements LocalCommand {
    INSTANCE
  }

  private record Reopened(Runnable next) implements LocalCommand {}

  private record Read(Map<Long, LogEntry> entries, Consumer<Map<Long, LogEntry>> next)
      implements LocalCommand {}

  private record Forwarded(long offset) implements LocalCommand {}

  private enum SomethingIsDue implements LocalCommand {
    INSTANCE
  }

  private enum CheckDeadlines implements LocalCommand {
    INSTANCE
  }

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

    /** The journal's name for what it knows of failures. */
    String failuresId() {
      return "perille-failures|" + partition.entityId() + "~" + name;
    }
  }

  /** The journal's name for the progress of a subscription in a partition. */
  public static String persistenceId(PartitionId partition, String name) {
    return "perille-subscription|" + partition.entityId() + "~" + name;
  }

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

  private final DispatcherHost host = new DispatcherHost();
  private final CursorKeeper cursors;
  private final Forwarding forwarding;

  private ActorRef<FailureLog.Command> failureLog;
  private FailureBook book;
  private Optional<Dispatcher<T>> dispatcher = Optional.empty();
  private Optional<DeadLetterOrders> orders = Optional.empty();

  private Optional<HandlerPool> pool = Optional.empty();
  private Optional<ActorRef<Intake.Command>> intake = Optional.empty();
  private Optional<FeedBatch> untilSaved = Optional.empty();
  private Optional<Throwable> failure = Optional.empty();
  private Optional<WorkerRequest.Reset> reset = Optional.empty();
  private long incarnation;
  private boolean nextAsked;
  private long wakeAtMillis;
  private boolean stopRequested;
  private boolean ending;
  private boolean ended;
  private boolean quiet;
  private boolean settled;
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
                assignment.subscription.name(),
                assignment.partition,
                assignment.codec,
                assignment.clock),
            assignment.threads,
            settings.effects(),
            assignment.outlets,
            assignment.clock);
    ActorRef<Command> self = context.getSelf();
    this.cursors =
        new CursorKeeper(
            timing,
            marks,
            (saved, failed) -> self.tell(failed == null ? new Saved(saved) : new CantGoOn(failed)),
            this::flushLater);
    this.forwarding =
        new Forwarding(
            assignment.subscription.deadLetterTopic().map(Topic::name), assignment.outlets);
    recoverFailures();
  }

  /** What is known of failures comes first: from then on no predecessor can add to it. */
  private void recoverFailures() {
    if (timing == CursorTiming.NEVER) {
      book = new FailureBook(new Failures(), changes -> book.saved());
      recover();
      return;
    }
    ActorRef<FailureLog.Answer> answers =
        getContext()
            .messageAdapter(
                FailureLog.Answer.class,
                answer ->
                    answer instanceof FailureLog.Recovered recovered
                        ? new FailuresRecovered(recovered.failures())
                        : FailuresSaved.INSTANCE);
    ActorRef<FailureLog.Command> log =
        getContext()
            .spawn(
                FailureLog.create(
                    new FailureLog.Storage(
                        assignment.failuresId(),
                        settings.journalPluginId(),
                        settings.snapshotPluginId(),
                        settings.node()),
                    assignment.clock,
                    answers),
                "failures");
    getContext()
        .watchWith(
            log,
            new CantGoOn(
                new IllegalStateException(
                    "what is known of its failures could not be read or written; the log has the cause")));
    failureLog = log;
    book = new FailureBook(new Failures(), this::unexpected);
  }

  private void unexpected(List<Change> changes) {
    throw new IllegalStateException("nothing can be recorded before the failures are recovered");
  }

  private Behavior<Command> onFailuresRecovered(FailuresRecovered message) {
    book =
        new FailureBook(
            Failures.restore(message.failures),
            changes -> failureLog.tell(new FailureLog.Save(changes)));
    recover();
    return this;
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
    cursors.storeIn(cursor -> log.tell(new ProgressLog.Save(cursor)));
  }

  @SuppressWarnings("unchecked") // made by this worker
  private Behavior<Command> onClaimed(Claimed<?> message) {
    ClaimedPartition<T> partition = (ClaimedPartition<T>) message.partition;
    cursors.storeBeside(partition);
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
        .onMessage(FailuresRecovered.class, this::onFailuresRecovered)
        .onMessage(Recovered.class, this::onRecovered)
        .onMessage(Claimed.class, this::onClaimed)
        .onMessage(Begins.class, this::onBegins)
        .onMessage(Received.class, this::onReceived)
        .onMessage(OutcomesReady.class, message -> onOutcomesReady())
        .onMessage(SomethingIsDue.class, message -> proceed())
        .onMessage(Reopened.class, this::onReopened)
        .onMessage(Read.class, this::onRead)
        .onMessage(CheckDeadlines.class, message -> onCheckDeadlines())
        .onMessage(FailuresSaved.class, message -> onFailuresSaved())
        .onMessage(Forwarded.class, this::onForwarded)
        .onMessage(Flush.class, message -> onFlush())
        .onMessage(Saved.class, this::onSaved)
        .onMessage(CantGoOn.class, this::onCantGoOn)
        .onMessage(Stop.class, message -> onStop())
        .onMessage(HandlersEnded.class, this::onHandlersEnded)
        .onMessage(WorkerRequest.AwaitFinished.class, this::onAwaitFinished)
        .onMessage(WorkerRequest.Reset.class, this::onReset)
        .onMessage(
            WorkerRequest.ListDeadLetters.class, request -> order(orders -> orders.list(request)))
        .onMessage(
            WorkerRequest.CountDeadLetters.class, request -> order(orders -> orders.count(request)))
        .onMessage(WorkerRequest.Redrive.class, request -> order(orders -> orders.redrive(request)))
        .onMessage(WorkerRequest.Discard.class, request -> order(orders -> orders.discard(request)))
        .onMessage(
            WorkerRequest.SetPaused.class, request -> order(orders -> orders.setPaused(request)))
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
    cursors.recovered(recovered);
    updateHandled();
    startDispatching(invoker);
    ReadFrom from =
        recovered
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
                            recovered.map(Cursor::finishedAbove).orElse(0L),
                            getContext().getSelf().narrow()),
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
            recovered.map(c -> Long.toString(c.nextOffset())).orElse("of its start position"));
    return proceed();
  }

  private void startDispatching(Invoker invoker) {
    ActorRef<Command> self = getContext().getSelf();
    Subscription<T> subscription = assignment.subscription;
    HandlerPool handlers =
        new HandlerPool(
            assignment.threads,
            invoker,
            new HandlerPool.Limits(
                subscription.parallelism(), assignment.gate, subscription.deadline()),
            () -> self.tell(OutcomesReady.INSTANCE));
    Dispatcher<T> dispatching =
        new Dispatcher<>(assignment, book, handlers, reader(), getContext().getLog(), host);
    pool = Optional.of(handlers);
    dispatcher = Optional.of(dispatching);
    orders =
        Optional.of(
            new DeadLetterOrders(
                book,
                subscription,
                assignment.partition,
                dispatching.units(),
                assignment.clock,
                getContext().getLog()));
    subscription
        .deadline()
        .ifPresent(
            deadline ->
                timers.startTimerWithFixedDelay(
                    CheckDeadlines.INSTANCE, CheckDeadlines.INSTANCE, between(deadline)));
    dispatching.recover(
        cursors.cursor().map(Cursor::generation).orElseGet(() -> Generation.startingAt(0)));
    recoverForwarding();
  }

  /** How often to look for missed deadlines: late by a quarter at the most. */
  private static Duration between(Duration deadline) {
    long millis = deadline.toMillis() / 4;
    return Duration.ofMillis(Math.max(5, Math.min(1000, millis)));
  }

  /** Does whatever can be done now. */
  private Behavior<Command> proceed() {
    dispatcher.ifPresent(
        dispatching -> {
          if (!ending && cursors.cursor().isPresent()) {
            dispatching.bringBack().ifPresent(this::wakeAt);
            askForMore();
          }
          if (!ended) {
            book.flush();
          }
        });
    return ended ? onEnded() : this;
  }

  private void wakeAt(long dueMillis) {
    if (dueMillis == wakeAtMillis && timers.isTimerActive(SomethingIsDue.INSTANCE)) {
      return;
    }
    wakeAtMillis = dueMillis;
    long delay = Math.max(1, dueMillis - assignment.clock.millis());
    timers.startSingleTimer(
        SomethingIsDue.INSTANCE, SomethingIsDue.INSTANCE, Duration.ofMillis(delay));
  }

  private static Command intakeEvent(Intake.Event event) {
    return event instanceof Intake.Begins begins
        ? new Begins(begins)
        : new Received(((Intake.Batch) event).batch());
  }

  /** Where a new subscription begins must be durable before it acts: "latest" moves on. */
  private Behavior<Command> onBegins(Begins message) {
    if (cursors.cursor().isEmpty() && !ending) {
      cursors.begin(message.at.offset(), message.at.sequenceNumber());
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
      cursors.passBatch(batch);
    } else {
      accept(batch);
    }
    return proceed();
  }

  private void acceptLast() {
    FeedBatch batch = untilSaved.orElseThrow();
    untilSaved = Optional.empty();
    accept(batch);
    awaitHandlers();
  }

  private void accept(FeedBatch batch) {
    marks.add(batch.firstOffset(), batch.sequenceNumber());
    dispatcher.orElseThrow().accept(batch);
  }

  private void askForMore() {
    if (!nextAsked && untilSaved.isEmpty() && dispatcher.orElseThrow().hasRoom()) {
      nextAsked = true;
      intake.orElseThrow().tell(Intake.Next.INSTANCE);
    }
  }

  private Behavior<Command> onOutcomesReady() {
    takeOutcomes();
    return proceed();
  }

  private void takeOutcomes() {
    dispatcher
        .flatMap(Dispatcher::takeOutcomes)
        .ifPresent(broken -> getContext().getSelf().tell(new CantGoOn(broken)));
  }

  /** What the dispatcher asks of this worker. */
  private final class DispatcherHost implements Dispatcher.Host {
    @Override
    public boolean isFinished(long offset) {
      return cursors.isFinished(offset);
    }

    @Override
    public long sequenceNumberAt(long offset) {
      return marks.sequenceNumberAt(offset);
    }

    @Override
    public void finish(Collection<Long> offsets) {
      cursors.finish(offsets);
      if (invokers.areDurableWhenDone()) {
        answerWaiters();
      }
    }

    @Override
    public void pass(Collection<Long> offsets) {
      cursors.pass(offsets, book.failures());
    }

    @Override
    public void reopen(List<Long> offsets, Runnable then) {
      cursors
          .reopen(offsets)
          .ifPresentOrElse(
              reopened ->
                  getContext()
                      .pipeToSelf(
                          reopened,
                          (cursor, failed) ->
                              failed == null ? new Reopened(then) : new CantGoOn(failed)),
              then);
    }

    @Override
    public void aboutToHandle() {
      updateHandled();
    }

    @Override
    public void whenRead(
        CompletionStage<Map<Long, LogEntry>> read, Consumer<Map<Long, LogEntry>> next) {
      getContext()
          .pipeToSelf(
              read,
              (entries, failed) -> failed == null ? new Read(entries, next) : new CantGoOn(failed));
    }

    @Override
    public void run(List<Work> works) {
      dispatcher.orElseThrow().run(works);
    }

    @Override
    public void forward(Letter letter, LogEntry entry) {
      Worker.this.forward(letter, entry);
    }
  }

  private Behavior<Command> onReopened(Reopened message) {
    if (!ending) {
      message.next.run();
    }
    return proceed();
  }

  private Behavior<Command> onRead(Read message) {
    if (!ending) {
      message.next.accept(message.entries);
    }
    return proceed();
  }

  private Behavior<Command> onCheckDeadlines() {
    pool.ifPresent(handlers -> handlers.abandonOverdue(System.nanoTime()));
    return this;
  }

  private Behavior<Command> onFailuresSaved() {
    book.saved();
    updateHandled();
    answerWaiters();
    cursors.durable().ifPresent(this::tellPartition);
    return proceed();
  }

  private Behavior<Command> order(Consumer<DeadLetterOrders> what) {
    if (!ending && timing != CursorTiming.NEVER) {
      orders.ifPresent(what);
      dispatcher.ifPresent(Dispatcher::pauseOrGoOn);
    }
    return proceed();
  }

  private void forward(Letter letter, LogEntry entry) {
    if (forwarding.isWanted()) {
      getContext()
          .pipeToSelf(
              forwarding.forward(letter, orders.orElseThrow().show(letter), entry),
              (receipt, failed) ->
                  failed == null ? new Forwarded(letter.offset()) : new CantGoOn(failed));
    }
  }

  private void recoverForwarding() {
    List<MessageReader.Wanted> due = forwarding.due(book.failures());
    if (!due.isEmpty()) {
      host.whenRead(
          reader().read(due),
          entries ->
              entries.forEach(
                  (offset, entry) ->
                      Optional.ofNullable(book.failures().letters().get(offset))
                          .ifPresent(letter -> forward(letter, entry))));
    }
  }

  private MessageReader reader() {
    return new MessageReader(assignment.journal, assignment.partition.persistenceId());
  }

  private Behavior<Command> onForwarded(Forwarded message) {
    book.record(new Change.Forwarded(message.offset));
    return proceed();
  }

  private void flushLater() {
    if (!timers.isTimerActive(Flush.INSTANCE)) {
      timers.startSingleTimer(Flush.INSTANCE, settings.cursorInterval());
    }
  }

  private Behavior<Command> onFlush() {
    cursors.flush().ifPresent(this::nowDurable);
    return this;
  }

  private Behavior<Command> onSaved(Saved message) {
    cursors.saved(message.cursor);
    nowDurable(message.cursor);
    if (ending) {
      if (timing == CursorTiming.BEFORE && !ended && untilSaved.isPresent()) {
        acceptLast();
      }
      return proceed();
    }
    untilSaved.ifPresent(
        batch -> {
          untilSaved = Optional.empty();
          accept(batch);
        });
    return proceed();
  }

  private void nowDurable(Cursor saved) {
    updateHandled();
    answerWaiters();
    tellPartition(saved);
  }

  private void tellPartition(Cursor saved) {
    assignment.partitionRequests.accept(
        new PartitionRequest.CursorReport(
            assignment.name,
            incarnation,
            saved.nextOffset(),
            saved.finishedAbove(),
            dispatcher.map(Dispatcher::trouble).orElse(Trouble.NONE)));
  }

  private void updateHandled() {
    cursors
        .durable()
        .ifPresent(saved -> durablyHandled.set(saved.handled().without(book.unsettled())));
  }

  private void answerWaiters() {
    waiters.answer(this::progressOf);
  }

  private Waiters.Progress progressOf(long offset) {
    if (book.failures().letters().containsKey(offset)) {
      return book.isDurable() ? Waiters.Progress.DEAD_LETTER : Waiters.Progress.PENDING;
    }
    boolean certain = invokers.areDurableWhenDone();
    boolean done =
        (certain ? cursors.cursor() : cursors.durable())
                .map(c -> c.isFinished(offset))
                .orElse(false)
            && book.failures().held(offset).isEmpty()
            && (certain || !book.isResolving(offset));
    return done ? Waiters.Progress.FINISHED : Waiters.Progress.PENDING;
  }

  private Behavior<Command> onAwaitFinished(WorkerRequest.AwaitFinished request) {
    waiters.add(request);
    answerWaiters();
    return this;
  }

  /** What is being handled is finished first; then the new generation begins with a new life. */
  private Behavior<Command> onReset(WorkerRequest.Reset request) {
    if (cursors.cursor().isEmpty() || timing == CursorTiming.NEVER || ending) {
      return this;
    }
    Generation current = cursors.cursor().orElseThrow().generation();
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
    boolean drains =
        timing == CursorTiming.BEFORE && !dispatcher.map(Dispatcher::isPaused).orElse(true);
    pool.map(drains ? HandlerPool::drain : HandlerPool::close)
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
    if (timing == CursorTiming.BEFORE) {
      takeOutcomes();
      dispatcher.ifPresent(Dispatcher::keepUntried);
    }
    return onEnded();
  }

  /** Makes durable what is finished, and ends; comes back whenever something is durable. */
  private Behavior<Command> onEnded() {
    takeOutcomes();
    if (failure.isPresent()) {
      return end();
    }
    if (quiet && !settled) {
      settled = true;
      dispatcher.ifPresent(Dispatcher::settle);
    }
    book.flush();
    if (cursors.isSaving() || !book.isDurable()) {
      return this;
    }
    if (cursors.isBehind()) {
      cursors.flush();
      return this;
    }
    if (reset.isPresent() && !stopRequested) {
      return endWithReset(reset.get());
    }
    return end();
  }

  private Behavior<Command> endWithReset(WorkerRequest.Reset request) {
    Cursor current = cursors.cursor().orElseThrow();
    if (current.generation().resetId().equals(request.resetId())) {
      tellOfReset(request, current);
      throw new ResetException();
    }
    if (timing == CursorTiming.WITH_EFFECT && !quiet) {
      // A transaction that is still running would commit into the new generation.
      throw new ResetException();
    }
    handledBefore = cursors.reset(request, book.failures().unhandled());
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
