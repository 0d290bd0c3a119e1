package org.perille.internal.worker;

import java.util.Collection;
import java.util.OptionalLong;
import org.perille.internal.Pure;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.Generation;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.partition.WorkerRequest;

/**
 * Decides which messages are finished for good.
 *
 * <p>It answers the callers that wait for a message, and maintains the set of offsets for which
 * nothing is published again.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class Completion {
  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final CursorKeeper cursors;
  private final PredecessorRecovery recovery;
  private final CompletionWaiters waiters;
  private final HandledOffsets durablyHandled;

  /** The generation of the handled offsets; empty at first. */
  private OptionalLong handledIn = OptionalLong.empty();

  /**
   * Creates a completion without finished messages.
   *
   * @param durablyHandled the set to maintain; publishers read it on any thread
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
   * Returns whether the known failures are at least as recent as the cursor. Otherwise another
   * worker may have taken the log over in between, and the cursor may have passed messages that are
   * deferred.
   */
  private boolean knowsFailures() {
    return recovery.isComplete();
  }

  /** Updates the handled offsets after a write. */
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

  /** Answers the callers whose message is finished for good. */
  void answerWaiters() {
    if (knowsFailures()) {
      waiters.answer(this::progressOf).forEach(context::reply);
    }
  }

  /**
   * Answers the callers that wait for these messages, if a message that is done is durably done.
   */
  void finished(Collection<Long> offsets) {
    if (context.effects().isDurableWhenDone() && knowsFailures()) {
      waiters.answer(offsets, this::progressOf).forEach(context::reply);
    }
  }

  /** Answers a caller when a message is finished for good. */
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
            && journal.failures().deferred().at(offset).isEmpty()
            && !journal.isDiscarding()
            && (certain || !journal.isResolving(offset));
    return done ? CompletionWaiters.Progress.FINISHED : CompletionWaiters.Progress.PENDING;
  }
}
