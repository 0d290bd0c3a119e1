package org.perille.internal.worker;

import java.util.Optional;
import org.perille.PublishRefusedException;
import org.perille.internal.Pure;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.partition.WorkerRequest;

/**
 * A phase of a stopping worker: it begins nothing new, and ends what is under way.
 *
 * <p>This class decides what every stopping worker does with an event. The subclasses decide what
 * their phase adds.
 */
@Pure
abstract sealed class Stopping implements WorkerState permits Draining, Flushing, Resetting {
  private final PartitionWork work;
  private final WorkerContext context;
  private StopReasons reasons;

  Stopping(PartitionWork work, StopReasons reasons) {
    this.work = work;
    this.context = work.context();
    this.reasons = reasons;
  }

  final PartitionWork work() {
    return work;
  }

  final WorkerContext context() {
    return context;
  }

  final StopReasons reasons() {
    return reasons;
  }

  /** Returns the next state after something has changed. */
  abstract WorkerState proceed();

  /** Returns the next state after a stop request or a failure. */
  abstract WorkerState stopFor();

  /** Returns the next state when all handlers have ended, or the stop time-out has passed. */
  abstract WorkerState stopped(WorkerEvent.HandlersStopped stopped);

  /** Returns the next state when a cursor is durable. */
  abstract WorkerState stored();

  @Override
  public final WorkerState on(WorkerEvent event) {
    if (event instanceof WorkerEvent.HandlersEnded ended) {
      return take(ended).proceed(this);
    } else if (event instanceof WorkerEvent.HandlersStopped stopped) {
      Taken taken = take(stopped.ended());
      return taken.state == this ? stopped(stopped) : taken.state;
    } else if (event instanceof WorkerEvent.StopRequested) {
      reasons = reasons.requested();
      return stopFor();
    } else if (event instanceof WorkerEvent.Failed failed) {
      return fail(failed.cause());
    }
    return onOther(event);
  }

  private record Taken(WorkerState state) {
    WorkerState proceed(Stopping before) {
      return state == before ? before.proceed() : state;
    }
  }

  private Taken take(WorkerEvent.HandlersEnded ended) {
    Optional<Throwable> broken = work.take(ended);
    if (broken.isEmpty()) {
      return new Taken(this);
    }
    reasons = reasons.broken();
    return new Taken(fail(broken.get()));
  }

  private WorkerState onOther(WorkerEvent event) {
    if (event instanceof WorkerEvent.CursorStored cursor) {
      work.cursorStored(cursor.cursor());
      return stored();
    } else if (event instanceof WorkerEvent.FlushDue) {
      work.flush();
      return this;
    } else if (event instanceof WorkerEvent.Requested asked
        && asked.request() instanceof WorkerRequest.AwaitFinished waits) {
      work.await(waits);
      return this;
    } else if (event instanceof WorkerEvent.FeedAnswered answered) {
      work.reports().feedAnswered(answered.refusal());
      return this;
    } else if (event instanceof WorkerEvent.FailuresStored) {
      work.failuresStored();
    } else if (event instanceof WorkerEvent.DeadLetterForwarded forwarded) {
      work.forwarded(forwarded.offset());
    } else if (event instanceof WorkerEvent.AttemptsHang hang) {
      // No report to the partition: one that has gone would be asked again and again.
      work.reports().hang(hang.count());
      return this;
    }
    return proceed();
  }

  /** Stores the failure of something that the worker can't do without; returns the next state. */
  final WorkerState fail(Throwable cause) {
    if (cause instanceof PublishRefusedException refused
        && refused.reason() == PublishRefusedException.Reason.STOPPED) {
      // This node is about to hand over. The successor publishes what couldn't be published.
      return stopFor();
    }
    context.note(new WorkerNote.CannotGoOn(cause));
    reasons = reasons.failed(cause);
    context.add(WorkerAction.HoldFailedKeys.INSTANCE);
    return stopFor();
  }

  /** Ends the worker if there is a reason for it by now; otherwise it waits for one. */
  final WorkerState end() {
    return reasons.end().map(this::end).orElse(this);
  }

  final WorkerState end(WorkerEnd how) {
    context.add(new WorkerAction.End(how));
    return new Ended(how);
  }

  /**
   * Starts to store everything that isn't durable.
   *
   * @return whether everything is durable already
   */
  final boolean allIsDurable() {
    CursorKeeper cursors = work.cursors();
    work.journal().flush();
    if (cursors.isSaving() || !work.journal().isDurable()) {
      return false;
    }
    if (cursors.isBehind()) {
      cursors.flush();
      return false;
    }
    return true;
  }

  /** Accepts the batch whose cursor is now durable. */
  final void accept(FeedBatch batch) {
    work.accept(batch);
  }
}
