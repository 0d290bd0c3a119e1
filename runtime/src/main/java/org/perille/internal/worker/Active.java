package org.perille.internal.worker;

import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.Generation;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.partition.WorkerRequest;

/** The phase in which the worker receives batches and handles them. */
@Pure
final class Active implements WorkerState {
  private final PartitionWork work;
  private final WorkerContext context;

  /** A batch that waits until its cursor is durable. At-most-once only. */
  private Optional<FeedBatch> untilStored = Optional.empty();

  private boolean requested;

  Active(PartitionWork work) {
    this.work = work;
    this.context = work.context();
  }

  PartitionWork work() {
    return work;
  }

  @Override
  public WorkerState on(WorkerEvent event) {
    if (event instanceof WorkerEvent.HandlersEnded ended) {
      Optional<Throwable> broken = work.take(ended);
      if (broken.isPresent()) {
        return stop(StopReasons.NONE.broken()).fail(broken.get());
      }
      proceed();
    } else if (event instanceof WorkerEvent.StopRequested) {
      return stop(StopReasons.NONE.requested()).stopHandlers();
    } else if (event instanceof WorkerEvent.Failed failed) {
      return stop(StopReasons.NONE).fail(failed.cause());
    } else if (event instanceof WorkerEvent.Requested asked
        && asked.request() instanceof WorkerRequest.Reset reset) {
      return reset(reset);
    } else {
      onOther(event);
    }
    return this;
  }

  private void onOther(WorkerEvent event) {
    if (event instanceof WorkerEvent.BatchReceived received) {
      requested = false;
      if (context.policy().passesBeforeHandling()) {
        untilStored = Optional.of(received.batch());
        work.passBeforeHandling(received.batch());
      } else {
        work.accept(received.batch());
      }
      proceed();
    } else if (event instanceof WorkerEvent.FailuresStored) {
      work.failuresStored();
      work.report();
      proceed();
    } else if (event instanceof WorkerEvent.CursorStored stored) {
      work.cursorStored(stored.cursor());
      Optional<FeedBatch> batch = untilStored;
      untilStored = Optional.empty();
      batch.ifPresent(work::accept);
      proceed();
    } else if (event instanceof WorkerEvent.CursorReopened reopened) {
      work.reopened(reopened.batch());
      proceed();
    } else if (event instanceof WorkerEvent.MessagesRead read) {
      work.read(read);
      proceed();
    } else if (event instanceof WorkerEvent.DeadLetterForwarded forwarded) {
      work.forwarded(forwarded.offset());
      proceed();
    } else if (event instanceof WorkerEvent.Woken || event instanceof WorkerEvent.CursorMarked) {
      proceed();
    } else if (event instanceof WorkerEvent.FlushDue) {
      work.flush();
    } else if (event instanceof WorkerEvent.Requested asked) {
      onRequest(asked.request());
    } else {
      onFeedOrReport(event);
    }
  }

  private void onRequest(WorkerRequest request) {
    if (request instanceof WorkerRequest.AwaitFinished waits) {
      work.await(waits);
    } else {
      work.order(request);
      proceed();
    }
  }

  private void onFeedOrReport(WorkerEvent event) {
    if (event instanceof WorkerEvent.FeedStarts starts) {
      // The start of a new subscription must be durable before it acts, since "latest" moves on.
      work.cursors().startsAt(starts.offset(), starts.sequenceNumber(), starts.mark());
    } else if (event instanceof WorkerEvent.FeedAnswered answered) {
      work.reports().feedAnswered(answered.refusal());
      work.report();
    } else if (event instanceof WorkerEvent.AttemptsHang hang) {
      if (work.reports().hang(hang.count())) {
        work.report();
      }
    } else if (event instanceof WorkerEvent.ReportDue) {
      work.report();
    }
  }

  /**
   * Does everything that can be done now: retries, requests for batches, operations, and writes.
   */
  void proceed() {
    if (work.cursors().durable().isPresent()) {
      work.retry();
      requestBatch();
      work.continueOperations();
    }
    work.storeAwaited();
  }

  private void requestBatch() {
    if (!requested && untilStored.isEmpty() && work.mayReceive() && work.dispatcher().hasRoom()) {
      requested = true;
      context.add(WorkerAction.RequestBatch.INSTANCE);
    }
  }

  /**
   * Stops the handlers; then a new worker begins the new generation. A repeated reset is only
   * answered.
   */
  private WorkerState reset(WorkerRequest.Reset request) {
    Optional<Cursor> cursor = work.cursors().cursor();
    if (cursor.isEmpty() || !context.policy().outlivesWorker()) {
      return this;
    }
    Generation current = cursor.get().generation();
    if (current.resetId().equals(request.resetId())) {
      context.reply(
          new WorkerReply<>(
              request.replyTo(),
              new WorkerRequest.ResetDone(current.number(), current.start(), 0)));
      return this;
    }
    return stop(StopReasons.NONE.reset(request)).stopHandlers();
  }

  private Draining stop(StopReasons reasons) {
    return Draining.begin(work, reasons, untilStored);
  }

  @Override
  public String toString() {
    return "active" + untilStored.map(batch -> ", a batch waits for its cursor").orElse("");
  }
}
