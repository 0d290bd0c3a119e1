package org.perille.internal.subscribe;

import java.util.Collection;
import java.util.OptionalLong;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.failure.FailureJournal;

/**
 * Decides which messages are finished for good: answers callers that wait for one, and keeps the
 * set of offsets up to date for which nothing is published again.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class Completion {
  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final CursorKeeper cursors;
  private final PredecessorRecovery recovery;
  private final CompletionWaiters waiters;
  private final HandledOffsets durablyHandled;

  /** The generation that the handled offsets belong to; none at first. */
  private OptionalLong handledIn = OptionalLong.empty();

  /**
   * Knows nothing to be finished.
   *
   * @param durablyHandled is kept up to date; read by publishers, on any thread
   */
  Completion(
      WorkerContext context,
      FailureJournal<AfterDurable> journal,
      CursorKeeper cursors,
      PredecessorRecovery recovery,
      CompletionWaiters waiters,
      HandledOffsets durablyHandled) {
    this.context = context;
    this.journal = journal;
    this.cursors = cursors;
    this.recovery = recovery;
    this.waiters = waiters;
    this.durablyHandled = durablyHandled;
  }

  /**
   * Returns whether the failures that are known are no older than the cursor, which has passed what
   * is deferred: a worker that has taken the log over in between may know better.
   */
  private boolean knowsFailures() {
    return recovery.isComplete();
  }

  /** Something has become durable. */
  void updateHandled() {
    if (!knowsFailures()) {
      return;
    }
    for (long offset : journal.takeMoved()) {
      durablyHandled.except(offset, journal.isUnsettled(offset));
    }
    cursors.durable().ifPresent(this::passHandled);
  }

  private void passHandled(Cursor saved) {
    Generation generation = saved.generation();
    if (!handledIn.equals(OptionalLong.of(generation.number()))) {
      handledIn = OptionalLong.of(generation.number());
      durablyHandled.passOnly(generation.suppressed());
    }
    durablyHandled.pass(saved.handledInGeneration());
  }

  /** Answers those whose message is finished for good. */
  void answerWaiters() {
    if (knowsFailures()) {
      waiters.answer(this::progressOf).forEach(context::reply);
    }
  }

  /** Messages are done: if that makes them durably so, those who wait for them are answered. */
  void finished(Collection<Long> offsets) {
    if (context.effects().isDurableWhenDone() && knowsFailures()) {
      waiters.answer(offsets, this::progressOf).forEach(context::reply);
    }
  }

  /** A caller asks when a message is finished for good. */
  void await(WorkerRequest.AwaitFinished request) {
    waiters
        .add(
            request,
            knowsFailures() ? progressOf(request.offset()) : CompletionWaiters.Progress.PENDING)
        .ifPresent(context::reply);
  }

  private CompletionWaiters.Progress progressOf(long offset) {
    if (journal.failures().letters().containsKey(offset)) {
      return journal.isDurable()
          ? CompletionWaiters.Progress.DEAD_LETTER
          : CompletionWaiters.Progress.PENDING;
    }
    boolean certain = context.effects().isDurableWhenDone();
    boolean done =
        cursors.isFinishedForGood(offset, certain)
            && journal.failures().deferred(offset).isEmpty()
            && !journal.isDiscarding()
            && (certain || !journal.isResolving(offset));
    return done ? CompletionWaiters.Progress.FINISHED : CompletionWaiters.Progress.PENDING;
  }
}
