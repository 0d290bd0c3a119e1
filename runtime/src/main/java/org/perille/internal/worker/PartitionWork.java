package org.perille.internal.worker;

import java.util.List;
import java.util.Optional;
import org.perille.DeadLetter;
import org.perille.internal.Pure;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.partition.WorkerRequest;

/**
 * The part of a worker that is the same in all states after recovery. It creates the decision
 * classes and forwards events to them.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class PartitionWork {
  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final CursorKeeper cursors;
  private final SequenceIndex marks;
  private final PredecessorRecovery recovery;
  private final Completion completion;
  private final Dispatcher dispatcher;
  private final RetryScheduler retries;
  private final AttemptOutcomes outcomes;
  private final PendingForwards forwards;
  private final DeadLetterOperations operations;
  private final ProgressReports reports;

  PartitionWork(
      WorkerContext context,
      WorkerEvent.CursorRecovered recovered,
      FailureState failures,
      CursorKeeper cursors,
      SequenceIndex marks,
      CompletionWaiters waiters,
      HandledOffsets durablyHandled) {
    this.context = context;
    this.cursors = cursors;
    this.marks = marks;
    this.journal = new FailureJournal<>(failures, this::store, this::carryOut);
    FailurePolicy failurePolicy = new FailurePolicy(context.subscription());
    InFlight inFlight = new InFlight(context.settings());
    Deferral deferral = new Deferral(journal, inFlight);
    cursors.recovered(recovered.cursor());
    this.recovery = new PredecessorRecovery(context, journal, failurePolicy, cursors);
    this.completion = new Completion(context, journal, cursors, recovery, waiters, durablyHandled);
    List<Long> known = recovery.recover(recovered.cursor());
    this.dispatcher =
        new Dispatcher(
            context,
            journal,
            cursors,
            deferral,
            inFlight,
            recovered.cursor().map(Cursor::nextOffset).orElse(0L),
            failures.unhandled().stream().mapToLong(offset -> offset + 1).max().orElse(0));
    this.retries =
        new RetryScheduler(context, journal, failurePolicy, cursors, completion, dispatcher);
    this.outcomes =
        new AttemptOutcomes(
            context,
            journal,
            failurePolicy,
            cursors,
            completion,
            inFlight,
            deferral,
            dispatcher,
            retries);
    this.reports =
        new ProgressReports(context, recovered.epoch(), journal.failures(), outcomes::skipped);
    this.forwards = new PendingForwards(context, journal, this::show);
    this.operations =
        new DeadLetterOperations(
            context,
            journal,
            offset -> cursors.durable().map(cursor -> cursor.isFinished(offset)).orElse(false),
            forwards::contains);
    journal.whenDurable(new AfterDurable.CompleteRecovery(known));
    dispatcher.pauseOrGoOn();
    forwards.recover();
  }

  /**
   * Stores failure events. Without a log nothing outlives the worker, and the events count as
   * durable.
   */
  private void store(List<FailureEvent> changes) {
    if (context.policy().outlivesWorker()) {
      context.add(new WorkerAction.StoreFailures(changes));
    } else {
      journal.saved();
    }
  }

  private void carryOut(AfterDurable what) {
    if (what instanceof AfterDurable.AdvanceCursor passed) {
      cursors.pass(passed.offsets(), journal.failures());
    } else if (what instanceof AfterDurable.StoreCursor) {
      cursors.flush().ifPresent(this::nowDurable);
    } else if (what instanceof AfterDurable.Admit admit) {
      dispatcher.admit(admit.below());
    } else if (what instanceof AfterDurable.ReleaseKey release) {
      context.add(new WorkerAction.ReleaseKey(release.group()));
    } else if (what instanceof AfterDurable.ForwardDeadLetter dead) {
      forwards.forward(dead.letter(), dead.entry());
    } else if (what instanceof AfterDurable.Reply answer) {
      // Before the answer: the caller's next query of the status must show what has changed.
      report();
      context.reply(answer.reply());
    } else if (what instanceof AfterDurable.CompleteRecovery known) {
      recovery.complete(known.known());
    } else if (what instanceof AfterDurable.StartRetries batch) {
      retries.start(batch.batch());
    } else if (what instanceof AfterDurable.EndTrial trial) {
      retries.endTrial(trial.group());
    }
  }

  private DeadLetter show(DeadLetterRecord letter) {
    return operations.show(letter);
  }

  WorkerContext context() {
    return context;
  }

  FailureJournal<AfterDurable> journal() {
    return journal;
  }

  CursorKeeper cursors() {
    return cursors;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  /** Accepts a batch whose cursor is as durable as the guarantee requires. */
  void accept(FeedBatch batch) {
    if (!context.policy().passesBeforeHandling()) {
      // With at-most-once the cursor has position and mark of its batch before the batch is
      // accepted.
      marks.add(batch);
    }
    dispatcher.accept(batch);
  }

  /** Lets the cursor pass a batch. The batch is accepted when that is durable. */
  void passBeforeHandling(FeedBatch batch) {
    cursors.passBatch(batch);
  }

  /**
   * Processes the outcomes of attempts.
   *
   * @return the failure for which the pool can't go on; empty if it can
   */
  Optional<Throwable> take(WorkerEvent.HandlersEnded ended) {
    return outcomes.take(ended);
  }

  /**
   * Returns whether the worker may receive messages.
   *
   * <p>With at-most-once the cursor of a predecessor passes messages before the predecessor records
   * that it defers them. It can do so until this worker has written to the failure log. Until then
   * this worker must not handle later messages of the same keys.
   */
  boolean mayReceive() {
    return !context.policy().passesBeforeHandling() || recovery.isComplete();
  }

  /** Retries the deferred messages that are due. */
  void retry() {
    if (!dispatcher.isPaused() && recovery.isComplete()) {
      retries.bringBack().ifPresent(millis -> context.add(new WorkerAction.WakeAt(millis)));
    }
  }

  /** Accepts messages that were read, for a retry or to forward them. */
  void read(WorkerEvent.MessagesRead read) {
    read.batch()
        .ifPresentOrElse(
            batch -> retries.read(batch, read.entries()), () -> forwards.read(read.entries()));
  }

  void reopened(RetryBatch batch) {
    retries.reopened(batch);
  }

  /** Executes an operator's query or operation. */
  void order(WorkerRequest request) {
    if (context.policy().outlivesWorker()) {
      operations.on(request);
      dispatcher.pauseOrGoOn();
    }
  }

  /**
   * Executes the operations that waited for the cursor. If some still wait, it stores the cursor at
   * once.
   */
  void continueOperations() {
    operations.goOn();
    if (operations.waitForCursor()) {
      flush();
    }
  }

  void await(WorkerRequest.AwaitFinished request) {
    completion.await(request);
  }

  void forwarded(long offset) {
    forwards.forwarded(offset);
  }

  /** Starts the write that an action waits for, and schedules the write of other events. */
  void storeAwaited() {
    if (journal.flushAwaited()) {
      context.add(WorkerAction.FlushLater.INSTANCE);
    }
  }

  /**
   * Stores the recorded failures, and then the cursor. If the cursor came first it would pass
   * messages that overtook an unfinished one.
   */
  void flush() {
    journal.flush();
    journal.onceDurable(AfterDurable.StoreCursor.INSTANCE);
  }

  /** Notes that the last failure events are durable. */
  void failuresStored() {
    journal.saved();
    completion.updateHandled();
    completion.answerWaiters();
  }

  void cursorStored(Cursor cursor) {
    cursors.saved(cursor);
    nowDurable(cursor);
  }

  private void nowDurable(Cursor saved) {
    completion.updateHandled();
    completion.answerWaiters();
    reports.report(saved);
  }

  /**
   * Reports the durable progress to the partition, also if it hasn't changed: the partition may not
   * know it.
   */
  void report() {
    cursors.durable().ifPresent(reports::report);
  }

  /** Returns the reports of the worker to its partition. */
  ProgressReports reports() {
    return reports;
  }

  /** Stops retries, since the worker is stopping. */
  void beginStopping() {
    retries.close();
  }

  /** Defers the messages that the cursor has passed and no handler has received. */
  void keepUntried(List<PendingDelivery> untried) {
    if (context.policy().drainsWhenStopping()) {
      dispatcher.keepUntried(untried);
    }
  }

  /**
   * Records that no handler runs any more. Messages that weren't attempted are as they were before.
   */
  void settle(boolean abandoned) {
    retries.giveBack();
    dispatcher.settle(abandoned);
  }
}
