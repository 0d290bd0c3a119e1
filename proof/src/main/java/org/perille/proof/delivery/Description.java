package org.perille.proof.delivery;

import org.perille.internal.feed.FeedBatch;
import org.perille.internal.worker.PoolSignal;
import org.perille.internal.worker.WorkerEvent;

/**
 * A description of an event or an action of a worker. The text is made only if it is read.
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
      FeedBatch batch = received.batch();
      return "BatchReceived[%d to %d]".formatted(batch.firstOffset(), batch.endOffset());
    }
    return value.toString();
  }
}
