package org.perille.internal.partition;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.perille.PerilleListener.LogProgress;
import org.perille.PerilleListener.Place;
import org.perille.PerilleListener.Progress;
import org.perille.PerilleListener.Recovered;
import org.perille.PerilleListener.Recovery;
import org.perille.SubscriptionStatus.PartitionStatus;
import org.perille.internal.hook.Listeners;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest.CursorReport;

/**
 * Reports to listeners how far a partition and its subscriptions have come.
 *
 * <p>A subscription whose worker is gone is still reported, since its lag grows.
 *
 * <p><b>Threading</b>: used by the partition's actor alone.
 */
final class LagReports {
  /** The time between two reports of a subscription that lags, or whose progress has changed. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** The number of intervals after which a report is repeated without a change. */
  private static final int REPEATED_EVERY = 12;

  /** The number of intervals for which a subscription without a worker is reported: an hour. */
  private static final int FORGOTTEN_AFTER = 720;

  /** The progress of a subscription, and the intervals since it was reported. */
  private static final class Known {
    private CursorReport last;
    private PartitionStatus reported;
    private int sinceReported;
    private int sinceHeard;

    Known(CursorReport last) {
      this.last = last;
    }
  }

  private final PartitionId id;
  private final Listeners listeners;
  private final OffsetTimes times = new OffsetTimes();
  private final Map<String, Known> subscriptions = new HashMap<>();
  private final long createdNanos = System.nanoTime();
  private boolean active;
  private long reportedEnd = -1;
  private int sinceReportedEnd;

  LagReports(PartitionId id, Listeners listeners) {
    this.id = id;
    this.listeners = listeners;
  }

  /** Notes when messages were stored, as events are replayed or have become durable. */
  void see(PartitionEvent event) {
    if (!listeners.areNone() && event instanceof BatchAppended batch) {
      times.append(batch.firstOffset(), batch.timestampMillis());
    }
  }

  /** Notes the progress of a subscription. */
  void hear(CursorReport report) {
    if (!listeners.areNone()) {
      Known known = subscriptions.computeIfAbsent(report.subscription(), name -> new Known(report));
      known.last = report;
      known.sinceHeard = 0;
    }
  }

  /** Reports that the partition is active on this node. */
  void activated() {
    active = true;
    listeners.report(
        () -> {
          Recovered event =
              new Recovered(
                  Recovery.PARTITION,
                  id.topic(),
                  id.partition(),
                  Duration.ofNanos(System.nanoTime() - createdNanos));
          return listener -> listener.recovered(event);
        });
    listeners.report(() -> listener -> listener.partitionStarted(id.topic(), id.partition()));
  }

  /** Reports that the partition isn't active on this node any more. */
  void ended() {
    if (active) {
      listeners.report(() -> listener -> listener.partitionStopped(id.topic(), id.partition()));
    }
  }

  /**
   * Reports the end of the log and the progress of each subscription, if they are due. Called once
   * in an interval.
   */
  void report(long endOffset, long nowMillis) {
    if (endOffset != reportedEnd || ++sinceReportedEnd >= REPEATED_EVERY) {
      reportedEnd = endOffset;
      sinceReportedEnd = 0;
      LogProgress progress = new LogProgress(id.topic(), id.partition(), endOffset);
      listeners.report(() -> listener -> listener.logProgress(progress));
    }
    subscriptions.values().removeIf(known -> ++known.sinceHeard > FORGOTTEN_AFTER);
    subscriptions.values().forEach(known -> report(known, endOffset, nowMillis));
  }

  private void report(Known known, long endOffset, long nowMillis) {
    PartitionStatus status = statusOf(known.last, endOffset);
    known.sinceReported++;
    if (status.lag() > 0
        || !status.equals(known.reported)
        || known.sinceReported >= REPEATED_EVERY) {
      known.reported = status;
      known.sinceReported = 0;
      Progress progress =
          new Progress(
              new Place(id.topic(), known.last.subscription(), id.partition()),
              status,
              ageOf(known.last.nextOffset(), endOffset, nowMillis));
      listeners.report(() -> listener -> listener.progress(progress));
    }
  }

  private PartitionStatus statusOf(CursorReport report, long endOffset) {
    return PartitionStatus.builder(id.partition())
        .endOffset(endOffset)
        .nextOffset(report.nextOffset())
        .finishedAbove(report.finishedAbove())
        .problems(report.problems())
        .build();
  }

  private Duration ageOf(long nextOffset, long endOffset, long nowMillis) {
    return nextOffset >= endOffset
        ? Duration.ZERO
        : Duration.ofMillis(Math.max(0, nowMillis - times.timeOf(nextOffset, nowMillis)));
  }
}
