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
import org.perille.internal.log.LaneReport;
import org.perille.internal.log.OffsetRanges;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.OffsetSet.Range;
import org.perille.internal.log.Origin;

/**
 * Publishes for one incarnation of a worker, and reports what it has finished: the two must agree,
 * for what is reported is forgotten by those who get it.
 */
final class LanePublisher {
  /** Ranges that a report has at the most, which must be small; the next one has others. */
  private static final int MAX_RANGES = 8;

  /** Of these the highest ones, where most is finished: each dead letter begins another range. */
  private static final int LATEST_RANGES = MAX_RANGES / 2;

  private final Outlet.Outlets outlets;
  private final KeyRuns.Identity identity;
  private final SplittableRandom random = new SplittableRandom(0);

  /** Where the next report goes on. */
  private long nextReported;

  /** Offsets that are being published again: they may be finished meanwhile. */
  private final Set<Long> again = ConcurrentHashMap.newKeySet();

  /** One object for all messages, so that a batch asks it once. */
  private final Outlet.Lane lane = this::report;

  LanePublisher(Outlet.Outlets outlets, KeyRuns.Identity identity) {
    this.outlets = outlets;
    this.identity = identity;
  }

  /** Publishes what was decided, in order; the messages are durable when the stage completes. */
  CompletionStage<Void> publish(List<Handled> handled) {
    List<CompletableFuture<?>> receipts = new ArrayList<>(0);
    for (Handled message : handled) {
      int index = 0;
      for (Outgoing outgoing : message.outgoing()) {
        Origin origin =
            new Origin(identity.lane(), identity.incarnation(), message.offset(), index++);
        try {
          receipts.add(
              outlets
                  .of(outgoing.topic())
                  .publish(outgoing.message().from(origin), lane)
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
   * Publishes what may have been published before, but for what is durably finished: who stored
   * that has forgotten it.
   *
   * <p>The key may have been in memory before, and its last offsets may become durably finished at
   * any moment. So they are kept out of the reports first, and then asked for: a report that
   * contains one was made of a set that the question finds it in. When the publication fails they
   * stay out, since the messages may still be on their way.
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

  private LaneReport report() {
    // In this order: what is published again was looked for in what is finished by now, or later.
    OffsetSet finished = partOf(identity.handled().get());
    return new LaneReport(identity.lane(), identity.incarnation(), cut(finished.without(again)));
  }

  /** The latest ranges, and some others in turn. */
  private synchronized OffsetSet partOf(HandledOffsets handled) {
    // In a fixed turn a partition that gets every second report might get the same ones for ever.
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

  /** The one behind the highest is the lowest. */
  private Optional<Range> next(HandledOffsets handled) {
    Optional<Range> next = handled.after(nextReported).or(() -> handled.after(0));
    nextReported = next.map(Range::to).orElse(0L);
    return next;
  }

  /** What is published again may cut a range into many. */
  private static OffsetSet cut(OffsetSet finished) {
    int ranges = finished.above().size();
    return ranges <= MAX_RANGES
        ? finished
        : new OffsetSet(finished.below(), finished.above().subList(ranges - MAX_RANGES, ranges));
  }
}
