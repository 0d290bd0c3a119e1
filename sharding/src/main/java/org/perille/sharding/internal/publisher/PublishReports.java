package org.perille.sharding.internal.publisher;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.perille.PerilleListener;
import org.perille.PublishRefusedException.Reason;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.publish.PendingPublish;
import org.perille.internal.publish.SendBuffer;

/**
 * Reports to listeners what became of the application's publishes.
 *
 * @param timeout the time from a publish to its deadline
 */
record PublishReports(String topic, Listeners listeners, Duration timeout) {

  /** Reports a batch whose messages all have their receipts. */
  void stored(List<? extends PendingPublish<?>> messages, BatchReceipt receipt) {
    if (listeners.areNone()) {
      return;
    }
    int[] counts = new int[2];
    long[] longestNanos = {0};
    long now = System.nanoTime();
    receipt.forEach(
        new BatchReceipt.MessageOutcome() {
          @Override
          public void stored(int index, long offset, boolean duplicate) {
            messages
                .get(index)
                .deadlineNanos()
                .ifPresent(
                    deadline -> {
                      counts[0]++;
                      counts[1] += duplicate ? 1 : 0;
                      longestNanos[0] =
                          Math.max(longestNanos[0], now - (deadline - timeout.toNanos()));
                    });
          }

          @Override
          public void conditionFailed(int index, OptionalLong last) {
            listeners.report(
                () ->
                    listener ->
                        listener.refused(
                            new PerilleListener.Refused(topic, Reason.CONDITION_FAILED)));
          }

          @Override
          public void undecided(int index) {
            // It is sent again, and reported then.
          }

          @Override
          public void stale(int index) {
            // A worker has published it, not the application.
          }
        });
    if (counts[0] > 0) {
      PerilleListener.Published event =
          new PerilleListener.Published(
              topic, counts[0], counts[1], Duration.ofNanos(longestNanos[0]));
      listeners.report(() -> listener -> listener.published(event));
    }
  }

  /** Reports messages without a receipt. */
  void failed(List<? extends SendBuffer.Expired<?>> expired, Reason reason) {
    if (listeners.areNone()) {
      return;
    }
    for (SendBuffer.Expired<?> one : expired) {
      if (one.pending().deadlineNanos().isPresent()) {
        listeners.report(
            () ->
                listener -> {
                  if (one.sent()) {
                    listener.unknown(new PerilleListener.Unknown(topic));
                  } else {
                    listener.refused(new PerilleListener.Refused(topic, reason));
                  }
                });
      }
    }
  }
}
