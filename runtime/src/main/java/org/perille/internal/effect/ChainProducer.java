package org.perille.internal.effect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.effect.EffectsRecorded.Outgoing;
import org.perille.internal.log.OffsetRanges;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.OffsetSet.Range;
import org.perille.internal.log.Origin;
import org.perille.internal.log.ProducerReport;

/**
 * Publishes for one epoch of a worker, and reports its finished offsets.
 *
 * <p>Both must be consistent, because the receivers forget the messages of reported offsets.
 */
final class ChainProducer {
  /** The limit of ranges in a report, which must be small. The next report has other ranges. */
  private static final int MAX_RANGES = 8;

  /**
   * The number of highest ranges in a report, where most is finished. Each dead letter starts
   * another range.
   */
  private static final int LATEST_RANGES = MAX_RANGES / 2;

  private final ChainPublisher.ChainPublishers chainPublishers;
  private final KeyProcessor.Identity identity;
  private final SplittableRandom random = new SplittableRandom(0);

  /** The offset at which the next report continues. */
  private long nextReported;

  /** The offsets that are being published again, and may be finished meanwhile. */
  private final Set<Long> again = ConcurrentHashMap.newKeySet();

  /** One object for all messages, so that a batch calls it once. */
  private final ChainPublisher.Producer producer = this::report;

  ChainProducer(ChainPublisher.ChainPublishers chainPublishers, KeyProcessor.Identity identity) {
    this.chainPublishers = chainPublishers;
    this.identity = identity;
  }

  /** Publishes decided messages, in order. They are durable when the stage completes. */
  CompletionStage<Void> publish(List<Handled> handled) {
    List<CompletableFuture<?>> receipts = new ArrayList<>(0);
    for (Handled message : handled) {
      int index = 0;
      for (Outgoing outgoing : message.outgoing()) {
        Origin origin =
            new Origin(identity.producer(), identity.epoch(), message.offset(), index++);
        try {
          receipts.add(
              chainPublishers
                  .of(outgoing.topic())
                  .publish(outgoing.message().from(origin), producer)
                  .toCompletableFuture());
        } catch (RuntimeException e) {
          return CompletableFuture.failedFuture(e);
        }
      }
    }
    return receipts.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.allOf(receipts.toArray(CompletableFuture[]::new));
  }

  /**
   * Publishes again what may have been published before, except for durably finished offsets.
   *
   * <p>The receivers have forgotten the messages of those.
   *
   * <p>The key may have been in memory before, and its last offsets may become durably finished at
   * any time. So they are excluded from the reports first, and then looked up in the finished
   * offsets. A report that contains one was made from a set in which the lookup finds it. When the
   * publication fails they remain excluded, because the messages may still be in flight.
   */
  CompletionStage<Void> publishAgain(List<Handled> last) {
    List<Handled> publishing = last.stream().filter(h -> !h.outgoing().isEmpty()).toList();
    if (publishing.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    List<Long> offsets = publishing.stream().map(Handled::offset).toList();
    again.addAll(offsets);
    HandledOffsets finished = identity.handled().get();
    return publish(publishing.stream().filter(h -> !finished.contains(h.offset())).toList())
        .thenRun(() -> offsets.forEach(again::remove));
  }

  private ProducerReport report() {
    // The order matters: the lookup of offsets to publish again sees the same finished offsets, or
    // more.
    OffsetSet finished = partOf(identity.handled().get());
    return new ProducerReport(identity.producer(), identity.epoch(), cut(finished.without(again)));
  }

  /** Returns the latest ranges, and some others in rotation. */
  private synchronized OffsetSet partOf(HandledOffsets handled) {
    // Random, because in a fixed rotation a partition that gets every second report might always
    // get the same ranges.
    for (int i = random.nextInt(MAX_RANGES); i > 0; i--) {
      next(handled);
    }
    OffsetRanges part = new OffsetRanges();
    part.add(handled.highest(LATEST_RANGES));
    for (int i = LATEST_RANGES; i < MAX_RANGES; i++) {
      next(handled).ifPresent(range -> part.add(range.from(), range.to()));
    }
    return part.toSet();
  }

  /** Returns the next range. After the highest one follows the lowest. */
  private Optional<Range> next(HandledOffsets handled) {
    Optional<Range> next = handled.after(nextReported).or(() -> handled.after(0));
    nextReported = next.map(Range::to).orElse(0L);
    return next;
  }

  /** Limits the ranges. Offsets that are being published again may cut a range into many. */
  private static OffsetSet cut(OffsetSet finished) {
    int ranges = finished.above().size();
    return ranges <= MAX_RANGES
        ? finished
        : new OffsetSet(finished.below(), finished.above().subList(ranges - MAX_RANGES, ranges));
  }
}
