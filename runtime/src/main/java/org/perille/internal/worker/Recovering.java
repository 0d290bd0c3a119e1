package org.perille.internal.worker;

import org.perille.internal.Pure;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.failure.FailureState;
import org.perille.internal.partition.WorkerRequest;

/**
 * The phase in which the worker takes its partition over: first the failures, then the cursor.
 * After the first write of its failure log no predecessor can write there.
 */
@Pure
final class Recovering implements WorkerState {
  private final WorkerContext context;
  private final CursorKeeper cursors;
  private final SequenceIndex marks;
  private final HandledOffsets durablyHandled;
  private final CompletionWaiters waiters = new CompletionWaiters();
  private FailureState failures = new FailureState();

  Recovering(
      WorkerContext context,
      CursorKeeper cursors,
      SequenceIndex marks,
      HandledOffsets durablyHandled) {
    this.context = context;
    this.cursors = cursors;
    this.marks = marks;
    this.durablyHandled = durablyHandled;
  }

  /** Requests the recovery of the failure log. */
  void begin() {
    context.add(
        context.policy().outlivesWorker()
            ? WorkerAction.RecoverFailures.INSTANCE
            : WorkerAction.RecoverCursor.INSTANCE);
  }

  /** Returns the failures that are known so far. */
  FailureState failures() {
    return failures;
  }

  @Override
  public WorkerState on(WorkerEvent event) {
    if (event instanceof WorkerEvent.FailuresRecovered recovered) {
      failures = FailureState.restore(recovered.failures());
      context.add(WorkerAction.RecoverCursor.INSTANCE);
    } else if (event instanceof WorkerEvent.CursorLogRecovered log) {
      if (!context.policy().isStoredWithEffect()) {
        return activate(
            new WorkerEvent.CursorRecovered(log.recovered().epoch(), log.recovered().cursor()));
      }
      context.add(new WorkerAction.ClaimPartition(log.recovered()));
    } else if (event instanceof WorkerEvent.CursorRecovered recovered) {
      return activate(recovered);
    } else if (event instanceof WorkerEvent.Requested requested
        && requested.request() instanceof WorkerRequest.AwaitFinished waits) {
      waiters.add(waits, CompletionWaiters.Progress.PENDING).ifPresent(context::reply);
    } else if (event instanceof WorkerEvent.StopRequested) {
      return end(WorkerEnd.Stopped.INSTANCE);
    } else if (event instanceof WorkerEvent.Failed failed) {
      context.note(new WorkerNote.CannotGoOn(failed.cause()));
      return end(new WorkerEnd.Failed(failed.cause()));
    }
    return this;
  }

  private WorkerState activate(WorkerEvent.CursorRecovered recovered) {
    context.add(new WorkerAction.StartHandlers(recovered.epoch(), recovered.cursor()));
    PartitionWork work =
        new PartitionWork(context, recovered, failures, cursors, marks, waiters, durablyHandled);
    context.note(new WorkerNote.Recovered(recovered.cursor()));
    context.add(new WorkerAction.StartFeed(recovered.epoch(), recovered.cursor()));
    Active active = new Active(work);
    active.proceed();
    return active;
  }

  private WorkerState end(WorkerEnd how) {
    context.add(new WorkerAction.End(how));
    return new Ended(how);
  }

  @Override
  public String toString() {
    return "recovering";
  }
}
