package org.perille.internal.worker;

import org.perille.internal.Pure;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.partition.WorkerRequest;

/** The phase in which the worker makes the cursor of the next generation durable. */
@Pure
final class Resetting extends Stopping {
  private final WorkerRequest.Reset request;

  /** The number of messages that come again and were handled before. */
  private final long handledBefore;

  Resetting(
      PartitionWork work, StopReasons reasons, WorkerRequest.Reset request, long handledBefore) {
    super(work, reasons);
    this.request = request;
    this.handledBefore = handledBefore;
  }

  @Override
  WorkerState stopFor() {
    return proceed();
  }

  @Override
  WorkerState stopped(WorkerEvent.HandlersStopped stopped) {
    return this;
  }

  @Override
  WorkerState stored() {
    return proceed();
  }

  @Override
  WorkerState proceed() {
    if (reasons().failure().isPresent()) {
      return end();
    }
    if (!allIsDurable()) {
      return this;
    }
    if (reasons().isRequested()) {
      return end();
    }
    Cursor current = work().cursors().cursor().orElseThrow();
    context().note(new WorkerNote.GenerationBegins(current));
    context()
        .reply(
            new WorkerReply<>(
                request.replyTo(),
                new WorkerRequest.ResetDone(
                    current.generation().number(), current.nextOffset(), handledBefore)));
    return end(WorkerEnd.WasReset.INSTANCE);
  }

  @Override
  public String toString() {
    return "resetting, " + reasons();
  }
}
