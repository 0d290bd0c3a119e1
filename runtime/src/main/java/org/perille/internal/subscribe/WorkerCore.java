package org.perille.internal.subscribe;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.perille.PublishRefusedException;
import org.perille.Topic;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Letter;
import org.perille.internal.failure.UserCode;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.MessageReader;
import org.perille.internal.log.LogEntry;
import org.slf4j.Logger;

/**
 * One life of a worker: in which order it recovers, takes, handles, stores and ends. It knows no
 * actors: what it is told and what it asks for are the {@link Worker}'s to bring about.
 *
 * <p><b>Threading</b>: used by the worker alone, but for {@link #durablyHandled}.
 *
 * @param <T> the messages
 */
final class WorkerCore<T> {
  /** What a core needs to be done. */
  interface Shell {
    /** Runs something on the worker's thread, in turn; called on any thread. */
    void inTurn(Runnable what);

    /** {@link #proceed} is to be called at this time; what was asked before is void. */
    void wakeAt(long millis);

    /** {@link #flush} is to be called when the interval for cursors has passed. */
    void flushLater();

    /** One more batch is wanted. */
    void askForBatch();

    /**
     * No more batches are wanted; and {@link #handlersEnded} is to be called when the time for
     * stopping has passed.
     */
    void endSoon();
  }

  /** How a life ends. */
  sealed interface End {}

  /** It was told to. */
  enum Stopped implements End {
    INSTANCE
  }

  /** The next life belongs to the next generation, or has to ask for it once more. */
  enum WasReset implements End {
    INSTANCE
  }

  /** It couldn't go on; the next life begins with what is durable. */
  record Failed(Throwable cause) implements End {}

  private final Worker.Assignment<T> assignment;
  private final Logger log;
  private final Shell shell;
  private final CursorPolicy policy;
  private final Invokers<T> invokers;
  private final BatchMarks marks = new BatchMarks();
  private final Waiters waiters = new Waiters();

  /** What nothing will be published for again; read by those who publish, on any thread. */
  private final HandledOffsets durablyHandled = new HandledOffsets();

  /** The generation that these belong to; none at first. */
  private OptionalLong handledIn = OptionalLong.empty();

  private final DispatcherHost host = new DispatcherHost();
  private final CursorKeeper cursors;
  private final ProgressReport progress;
  private final Forwarding forwarding;

  private FailureBook<AfterDurable> book;
  private Optional<Dispatcher<T>> dispatcher = Optional.empty();
  private Optional<DeadLetterOrders> orders = Optional.empty();
  private Optional<HandlerPool> pool = Optional.empty();
  private Optional<FeedBatch> untilSaved = Optional.empty();
  private Optional<Throwable> failure = Optional.empty();
  private Optional<WorkerRequest.Reset> reset = Optional.empty();
  private Optional<End> end = Optional.empty();
  private long incarnation;
  private boolean nextAsked;
  private boolean stopRequested;
  private boolean ending;
  private boolean ended;
  private boolean quiet;
  private boolean settled;
  private boolean broken;
  private long handledBefore;

  WorkerCore(Worker.Assignment<T> assignment, Logger log, Shell shell) {
    this.assignment = assignment;
    this.log = log;
    this.shell = shell;
    this.policy = CursorPolicy.of(assignment.subscription());
    this.invokers =
        new Invokers<>(
            assignment.processing(),
            assignment.partition(),
            assignment.subscription().storedName(),
            new Deliveries<>(
                assignment.subscription().storedName(),
                assignment.partition(),
                assignment.codec(),
                assignment.time()),
            assignment.threads(),
            assignment.settings().effects(),
            assignment.outlets(),
            assignment.clock());
    this.cursors =
        new CursorKeeper(
            policy,
            marks,
            (saved, failed) ->
                shell.inTurn(
                    () -> {
                      if (failed == null) {
                        cursorSaved(saved);
                      } else {
                        cantGoOn(failed);
                      }
                    }),
            shell::flushLater);
    this.progress = new ProgressReport(assignment, log);
    this.forwarding =
        new Forwarding(
            assignment.subscription().deadLetterTopic().map(Topic::name), assignment.outlets());
    this.book = new FailureBook<>(new Failures(), this::keepForThisLife, this::carryOut);
  }

  /** Without a log nothing of it outlives the worker. */
  private void keepForThisLife(List<Change> changes) {
    if (policy.outlivesWorker()) {
      throw new IllegalStateException("nothing can be recorded before the failures are recovered");
    }
    book.saved();
  }

  CursorPolicy policy() {
    return policy;
  }

  Invokers<T> invokers() {
    return invokers;
  }

  /** What was durably handled; on any thread. */
  HandledOffsets durablyHandled() {
    return durablyHandled;
  }

  /** The number of batches whose place in the journal is remembered. */
  int rememberedBatches() {
    return marks.size();
  }

  /** How it has ended, if it has; then nothing more may be told to it. */
  Optional<End> end() {
    return end;
  }

  /**
   * What is known of failures is recovered.
   *
   * @param write makes changes durable; {@link #failuresSaved} is to be called then
   */
  void failuresRecovered(FailureSnapshot failures, Consumer<List<Change>> write) {
    book = new FailureBook<>(Failures.restore(failures), write, this::carryOut);
  }

  /**
   * Begins with a cursor that is kept for itself.
   *
   * @param store makes a cursor durable; {@link #cursorSaved} is to be called then
   */
  void begin(
      long newIncarnation, Optional<Cursor> recovered, Invoker invoker, Consumer<Cursor> store) {
    cursors.storeIn(store);
    begin(newIncarnation, recovered, invoker);
  }

  /** Begins with a cursor that is never durable. */
  void begin(long newIncarnation, Invoker invoker) {
    begin(newIncarnation, Optional.empty(), invoker);
  }

  /** Begins with a cursor that is kept beside the effects. */
  void begin(ClaimedPartition<T> claimed) {
    cursors.storeBeside(claimed);
    begin(
        claimed.incarnation(),
        claimed.cursor(),
        invokers.transactional(claimed, marks, cursors::passedBeforeNow));
  }

  private void begin(long newIncarnation, Optional<Cursor> recovered, Invoker invoker) {
    incarnation = newIncarnation;
    cursors.recovered(recovered);
    startDispatching(invoker);
    log.info(
        "{} works on partition {} from offset {}",
        assignment.subscription(),
        assignment.partition(),
        recovered.map(c -> Long.toString(c.nextOffset())).orElse("of its start position"));
  }

  private void startDispatching(Invoker invoker) {
    HandlerPool handlers =
        new HandlerPool(
            assignment.threads(),
            invoker,
            new HandlerPool.Limits(
                assignment.subscription().parallelism(),
                assignment.gate(),
                assignment.subscription().deadline()),
            () -> shell.inTurn(this::outcomesReady));
    Dispatcher<T> dispatching = new Dispatcher<>(assignment, book, handlers, reader(), log, host);
    pool = Optional.of(handlers);
    dispatcher = Optional.of(dispatching);
    orders =
        Optional.of(
            new DeadLetterOrders(
                book,
                assignment.subscription(),
                assignment.partition(),
                dispatching.units(),
                assignment.clock(),
                log,
                offset -> cursors.durable().map(c -> c.isFinished(offset)).orElse(false)));
    dispatching.recover(cursors.cursor());
    recoverForwarding();
  }

  /** Whether it is about to end: nothing new is to be begun. */
  boolean isEnding() {
    return ending;
  }

  /** What is true of failures. */
  FailureBook<AfterDurable> book() {
    return book;
  }

  /** What is true of its progress. */
  Optional<Cursor> cursor() {
    return cursors.cursor();
  }

  /** What is durable of it. */
  Optional<Cursor> durableCursor() {
    return cursors.durable();
  }

  /** Does whatever can be done now. */
  void proceed() {
    dispatcher.ifPresent(
        dispatching -> {
          if (!ending && cursors.durable().isPresent()) {
            dispatching.bringBack().ifPresent(shell::wakeAt);
            askForMore(dispatching);
            hurryCursor(orders.orElseThrow());
          }
          if (!ended && book.flushAwaited()) {
            shell.flushLater();
          }
        });
    if (ended) {
      goOnEnding();
    }
  }

  private void hurryCursor(DeadLetterOrders waiting) {
    waiting.goOn();
    if (waiting.waitForCursor()) {
      flush();
    }
  }

  private void askForMore(Dispatcher<T> dispatching) {
    if (!nextAsked && untilSaved.isEmpty() && dispatching.hasRoom()) {
      nextAsked = true;
      shell.askForBatch();
    }
  }

  /** Where a new subscription begins must be durable before it acts: "latest" moves on. */
  void startsAt(Intake.Begins at) {
    if (!ending) {
      cursors
          .startsAt(at.offset(), at.sequenceNumber(), at.mark())
          .ifPresent(marked -> whenDone(marked, cursor -> {}));
    }
  }

  /** The partition feeds it, or refuses to for this reason. */
  void fed(Optional<String> refusal) {
    progress.fed(refusal);
    report();
  }

  /** The batch is there that was asked for. */
  void received(FeedBatch batch) {
    nextAsked = false;
    if (ending) {
      return;
    }
    if (policy.passesBeforeHandling()) {
      untilSaved = Optional.of(batch);
      cursors.passBatch(batch);
    } else {
      accept(batch);
    }
    proceed();
  }

  private void accept(FeedBatch batch) {
    if (!policy.passesBeforeHandling()) {
      // At-most-once, the cursor has place and mark of its batch before the batch is accepted.
      marks.add(batch);
    }
    dispatcher.orElseThrow().accept(batch);
  }

  private void outcomesReady() {
    takeOutcomes();
    proceed();
  }

  private void takeOutcomes() {
    dispatcher
        .flatMap(Dispatcher::takeOutcomes)
        .ifPresent(
            cause -> {
              broken = true;
              cantGoOn(cause);
            });
  }

  /** What the dispatcher asks of this worker. */
  private final class DispatcherHost implements Dispatcher.Host {
    @Override
    public boolean isFinished(long offset) {
      return cursors.isFinished(offset);
    }

    @Override
    public void finish(Collection<Long> offsets) {
      cursors.finish(offsets);
      if (invokers.areDurableWhenDone()) {
        answerWaiters(offsets);
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
          .ifPresentOrElse(reopened -> whenDone(reopened, cursor -> then.run()), then);
    }

    @Override
    public void aboutToHandle() {
      updateHandled();
    }

    @Override
    public void whenRead(
        CompletionStage<Map<Long, LogEntry>> read, Consumer<Map<Long, LogEntry>> next) {
      whenDone(read, next);
    }

    @Override
    public void run(List<Work> works) {
      dispatcher.orElseThrow().run(works);
    }
  }

  /** Continues in turn with what came of something, unless the worker is about to end. */
  private <R> void whenDone(CompletionStage<R> stage, Consumer<? super R> next) {
    stage.whenComplete(
        (result, failed) ->
            shell.inTurn(
                () -> {
                  if (failed != null) {
                    cantGoOn(failed);
                    return;
                  }
                  if (!ending) {
                    next.accept(result);
                  }
                  proceed();
                }));
  }

  /** Looks for missed deadlines, and for calls that hang. */
  void checkDeadlines(long nowNanos) {
    pool.ifPresent(handlers -> handlers.abandonOverdue(nowNanos));
    if (dispatcher.map(dispatching -> dispatching.findHanging(nowNanos)).orElse(false)) {
      report();
    }
  }

  /** What was written of failures is durable. */
  void failuresSaved() {
    book.saved();
    updateHandled();
    answerWaiters();
    report();
    proceed();
  }

  /** Tells the partition what is durable, also when that is nothing new: it may not know. */
  void report() {
    if (!ending) {
      // A partition that has gone already would be asked for in vain, and hold up its node's end.
      cursors.durable().ifPresent(this::tellPartition);
    }
  }

  /** An operator asks or orders something. */
  void order(Consumer<DeadLetterOrders> what) {
    if (!ending && policy.outlivesWorker()) {
      orders.ifPresent(what);
      dispatcher.ifPresent(Dispatcher::pauseOrGoOn);
    }
    proceed();
  }

  private void forward(Letter letter, LogEntry entry) {
    if (forwarding.isWanted()) {
      whenForwarded(letter, forwarding.forward(letter, orders.orElseThrow().show(letter), entry));
    }
  }

  private void whenForwarded(Letter letter, CompletionStage<?> receipt) {
    receipt.whenComplete(
        (stored, failed) ->
            shell.inTurn(
                () -> {
                  if (failed != null) {
                    cantGoOn(failed);
                  } else {
                    book.record(new Change.Forwarded(letter.offset()));
                    proceed();
                  }
                }));
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
    return new MessageReader(assignment.journal(), assignment.partition().persistenceId());
  }

  /**
   * Makes durable what has failed, then what is finished: a cursor that came first would pass what
   * has overtaken a message that seems to be still in the works.
   */
  void flush() {
    book.flush();
    book.onceDurable(AfterDurable.StoreCursor.INSTANCE);
  }

  private void carryOut(AfterDurable what) {
    if (what instanceof AfterDurable.AdvanceCursor passed) {
      cursors.pass(passed.offsets(), book.failures());
    } else if (what instanceof AfterDurable.StoreCursor) {
      cursors.flush().ifPresent(this::nowDurable);
    } else if (what instanceof AfterDurable.ForwardDeadLetter dead) {
      forward(dead.letter(), dead.entry());
    } else if (what instanceof AfterDurable.Reply answer) {
      answer.reply().send();
    } else {
      dispatcher.orElseThrow().carryOut(what);
    }
  }

  /** A cursor is durable. */
  void cursorSaved(Cursor cursor) {
    cursors.saved(cursor);
    nowDurable(cursor);
    if (!ending) {
      acceptIfSaved();
    } else if (untilSaved.isPresent()) {
      acceptIfSaved();
      if (ended) {
        dispatcher.ifPresent(Dispatcher::keepUntried);
      } else {
        awaitHandlers();
      }
    }
    proceed();
  }

  private void acceptIfSaved() {
    Optional<FeedBatch> batch = untilSaved;
    untilSaved = Optional.empty();
    batch.ifPresent(this::accept);
  }

  private void nowDurable(Cursor saved) {
    updateHandled();
    answerWaiters();
    tellPartition(saved);
  }

  private void tellPartition(Cursor saved) {
    progress.tell(incarnation, saved, dispatcher.map(Dispatcher::trouble));
  }

  /**
   * Whether the failures that are known are no older than the cursor, which has passed what is put
   * aside: somebody who has taken the log over in between may know better.
   */
  private boolean knowsFailures() {
    return dispatcher.map(Dispatcher::hasRecovered).orElse(false);
  }

  private void updateHandled() {
    if (!knowsFailures()) {
      return;
    }
    for (long offset : book.takeMoved()) {
      durablyHandled.except(offset, book.isUnsettled(offset));
    }
    cursors.durable().ifPresent(this::passHandled);
  }

  private void passHandled(Cursor saved) {
    Generation generation = saved.generation();
    if (!handledIn.equals(OptionalLong.of(generation.number()))) {
      handledIn = OptionalLong.of(generation.number());
      durablyHandled.passOnly(generation.silent());
    }
    durablyHandled.pass(saved.handledInGeneration());
  }

  private void answerWaiters() {
    if (knowsFailures()) {
      waiters.answer(this::progressOf);
    }
  }

  /** There may be thousands of waiters: who knows which message has ended asks only about that. */
  private void answerWaiters(Collection<Long> ended) {
    if (knowsFailures()) {
      waiters.answer(ended, this::progressOf);
    }
  }

  private Waiters.Progress progressOf(long offset) {
    if (book.failures().letters().containsKey(offset)) {
      return book.isDurable() ? Waiters.Progress.DEAD_LETTER : Waiters.Progress.PENDING;
    }
    boolean certain = invokers.areDurableWhenDone();
    boolean done =
        cursors.isFinishedForGood(offset, certain)
            && book.failures().held(offset).isEmpty()
            && !book.isDiscarding()
            && (certain || !book.isResolving(offset));
    return done ? Waiters.Progress.FINISHED : Waiters.Progress.PENDING;
  }

  void awaitFinished(WorkerRequest.AwaitFinished request) {
    waiters.add(request, knowsFailures() ? progressOf(request.offset()) : Waiters.Progress.PENDING);
  }

  /** What is being handled is finished first; then the new generation begins with a new life. */
  void reset(WorkerRequest.Reset request) {
    if (cursors.cursor().isEmpty() || !policy.outlivesWorker() || ending) {
      return;
    }
    Generation current = cursors.cursor().orElseThrow().generation();
    if (current.resetId().equals(request.resetId())) {
      request.replyTo().tell(new WorkerRequest.ResetDone(current.number(), current.start(), 0));
      return;
    }
    reset = Optional.of(request);
    beginEnding();
  }

  /** Something has failed that it can't do without. */
  void cantGoOn(Throwable cause) {
    if (cause instanceof PublishRefusedException refused
        && refused.reason() == PublishRefusedException.Reason.STOPPED) {
      // This node is about to hand over. What couldn't be published its successor publishes.
      beginEnding();
      return;
    }
    log.warn(
        "{} can't go on with partition {} and begins anew with what is durable: {}",
        assignment.subscription(),
        assignment.partition(),
        UserCode.describe(cause));
    failure = Optional.of(cause);
    pool.ifPresent(HandlerPool::holdForGood);
    if (ended) {
      // What an ending worker waits for may never come now.
      finish();
    } else {
      beginEnding();
    }
  }

  /** Hand over: begin nothing new, finish what runs, make it durable, end. */
  void stop() {
    stopRequested = true;
    if (ended) {
      goOnEnding();
    } else {
      beginEnding();
    }
  }

  private void beginEnding() {
    if (!ending) {
      ending = true;
      shell.endSoon();
    }
    // After a failure the cursor that a batch waits for may never be durable.
    if (untilSaved.isEmpty() || failure.isPresent()) {
      awaitHandlers();
    }
  }

  /** What at-most-once has taken is behind its cursor: if it isn't handled now it is lost. */
  private void awaitHandlers() {
    boolean drains =
        policy.drainsWhenStopping() && !dispatcher.map(Dispatcher::isPaused).orElse(true);
    pool.map(drains ? HandlerPool::drain : HandlerPool::close)
        .orElseGet(() -> CompletableFuture.completedFuture(null))
        .whenComplete((done, ignored) -> shell.inTurn(() -> handlersEnded(true)));
  }

  /**
   * Handlers have ended, or were waited for long enough.
   *
   * @param all whether none runs any more
   */
  void handlersEnded(boolean all) {
    if (ended) {
      return;
    }
    ended = true;
    quiet = all;
    if (policy.drainsWhenStopping()) {
      takeOutcomes();
      dispatcher.ifPresent(Dispatcher::keepUntried);
    }
    goOnEnding();
  }

  /** Makes durable what is finished, and ends; comes back whenever something is durable. */
  private void goOnEnding() {
    takeOutcomes();
    if (failure.isPresent()) {
      finish();
      return;
    }
    // Nobody knows what a broken handler has left behind: that is not as it was before.
    if (quiet && !settled && !broken) {
      settled = true;
      dispatcher.ifPresent(Dispatcher::settle);
    }
    book.flush();
    if (cursors.isSaving() || !book.isDurable()) {
      return;
    }
    if (cursors.isBehind()) {
      cursors.flush();
    } else if (reset.isPresent() && !stopRequested) {
      endWithReset(reset.get());
    } else {
      finish();
    }
  }

  private void endWithReset(WorkerRequest.Reset request) {
    Cursor current = cursors.cursor().orElseThrow();
    if (current.generation().resetId().equals(request.resetId())) {
      tellOfReset(request, current);
      end = Optional.of(WasReset.INSTANCE);
    } else if (policy.resetWaitsForHandlers() && !quiet) {
      // A transaction that is still running would commit into the new generation.
      end = Optional.of(WasReset.INSTANCE);
    } else {
      handledBefore = cursors.reset(request, book.failures().unhandled());
    }
  }

  private void tellOfReset(WorkerRequest.Reset request, Cursor after) {
    log.info(
        "{} begins generation {} of partition {} at offset {}",
        assignment.subscription(),
        after.generation().number(),
        assignment.partition(),
        after.nextOffset());
    request
        .replyTo()
        .tell(
            new WorkerRequest.ResetDone(
                after.generation().number(), after.nextOffset(), handledBefore));
  }

  /** Who has neither failed nor was told to stop will be told to. */
  private void finish() {
    if (stopRequested) {
      end = Optional.of(Stopped.INSTANCE);
    } else {
      failure.ifPresent(cause -> end = Optional.of(new Failed(cause)));
    }
  }

  /** Begins no further handler, whatever becomes of the worker. */
  void close() {
    progress.fed(Optional.empty());
    pool.ifPresent(HandlerPool::close);
  }
}
