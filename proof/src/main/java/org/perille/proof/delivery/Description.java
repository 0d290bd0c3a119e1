package org.perille.proof.delivery;

import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.FeedReader;
import org.perille.internal.worker.FeedSession;
import org.perille.internal.worker.PoolSignal;
import org.perille.internal.worker.WorkerEvent;

/**
 * A description of an event or an action of a worker or a feed. The text is made only if it is
 * read.
 *
 * @param value the event or action
 */
record Description(Object value) {
  @Override
  public String toString() {
    if (value instanceof Enum<?> event && !(value instanceof PoolSignal)) {
      return event.getDeclaringClass().getSimpleName();
    }
    if (value instanceof WorkerEvent.BatchReceived received) {
      return of("BatchReceived", received.batch());
    }
    if (value instanceof FeedReader.Send send) {
      return of("Send", send.batch());
    }
    return value instanceof FeedSession.Notify notify
        ? "Notify[" + new Description(notify.event()) + "]"
        : value.toString();
  }

  private static String of(String what, FeedBatch batch) {
    return "%s[%d to %d]".formatted(what, batch.firstOffset(), batch.endOffset());
  }
}
