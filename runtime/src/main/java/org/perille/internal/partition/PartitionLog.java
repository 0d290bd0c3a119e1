package org.perille.internal.partition;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import org.perille.internal.Pure;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.Activated;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.settings.LogLimits;

/**
 * The state of a partition's log, and the decisions about appending to it.
 *
 * <p>{@link #decide} reads the state and {@link #apply} changes it; nothing else does. (The cache
 * of {@link LastOffsets} isn't state, and both change it.) The state is mutable instead of being
 * copied for each batch. A partition has one write in flight, and after a failed write it is
 * discarded and recovered from the journal.
 *
 * <p>Two layers prevent that a message is stored twice. The number of a publisher's last batch
 * detects repetitions by the transport, independently of clocks. The dedup window detects
 * repetitions by the application, and the producers those by a subscription that publishes for the
 * messages it handles.
 */
@Pure
public final class PartitionLog implements OwnedLog {

  /** The decision about a batch. */
  public sealed interface Decision {}

  /** Stores the event, then answers with the receipt. */
  public record Append(BatchAppended event, BatchReceipt receipt) implements Decision {}

  /** The batch is stored already: answers with the receipt again. */
  public record Repeat(BatchReceipt receipt) implements Decision {}

  /** An older batch than the publisher's last one, whose receipt has arrived. */
  public record Outdated() implements Decision {}

  /**
   * The publisher was forgotten, so it is unknown whether the batch is stored: answers with that.
   */
  public record Forgotten(BatchReceipt receipt) implements Decision {}

  /** The size of a message id in a snapshot, roughly. */
  private static final long BYTES_OF_ID = 100;

  private final int partition;
  private final LogLimits limits;
  private final DedupWindow ids;
  private final ProducerDedup producers = new ProducerDedup();

  /** The receipt of each publisher's last batch; the last sender is at the end. */
  private final LinkedHashMap<String, BatchReceipt> publishers = new LinkedHashMap<>();

  private final LastOffsets lastOffsets;

  private PartitionClock clock = PartitionClock.NEW;
  private long nextOffset;
  private long lastTimestampMillis;
  private long sequenceNumber;

  private PartitionLog(int partition, LogLimits limits) {
    this.partition = partition;
    this.limits = limits;
    this.lastOffsets = new LastOffsets(limits.maxKnownKeys());
    this.ids = new DedupWindow(limits.dedupWindow(), limits.dedupMaxIds());
  }

  /** Returns the log of a partition that has stored nothing. */
  public static PartitionLog empty(int partition, LogLimits limits) {
    return new PartitionLog(partition, limits);
  }

  /** Returns the log of a snapshot. */
  public static PartitionLog restore(LogLimits limits, PartitionSnapshot snapshot) {
    PartitionLog log = new PartitionLog(snapshot.partition(), limits);
    log.nextOffset = snapshot.nextOffset();
    log.lastTimestampMillis = snapshot.lastTimestampMillis();
    log.sequenceNumber = snapshot.sequenceNumber();
    log.clock = snapshot.clock();
    snapshot.publishers().forEach(last -> log.publishers.put(last.publisher(), last));
    snapshot.ids().forEach(known -> log.ids.add(known.id(), known.offset(), known.ageMillis()));
    snapshot.producers().forEach(log.producers::restore);
    return log;
  }

  /**
   * Decides about a batch that has arrived.
   *
   * @param nowMillis the time of the owner's clock; it need not agree with those of other owners
   */
  public Decision decide(PublishBatch batch, long nowMillis) {
    BatchReceipt last = publishers.get(batch.publisher());
    if (last != null) {
      if (batch.number() == last.number()) {
        return new Repeat(last);
      }
      if (batch.number() < last.number()) {
        return new Outdated();
      }
    } else if (batch.number() > 1 && batch.mayBeForgotten()) {
      return new Forgotten(BatchReceipt.forgotten(batch));
    }
    PartitionClock now = clock.read(nowMillis, limits.persistMillis(), limits.maxStepMillis());
    BatchDeduplicator deduplicator =
        new BatchDeduplicator(ids, producers, now.ageMillis(), nextOffset, batch.messages().size());
    batch.producers().forEach(deduplicator::take);
    if (!batch.conditions().isEmpty()) {
      lastOffsets.begin(nextOffset, sequenceNumber);
    }
    BatchConditions conditions = new BatchConditions(batch.conditions(), lastOffsets);
    int index = 0;
    for (LogMessage message : batch.messages()) {
      // A repetition gets the receipt of the first time, whatever its condition says now.
      if (deduplicator.isNew(index, message) && conditions.allow(index, message)) {
        conditions.storedAt(deduplicator.add(message), message);
      }
      index++;
    }
    // A clock that was set back must not produce a log whose times can't be searched.
    long timestamp = Math.max(nowMillis, lastTimestampMillis);
    // A batch with only duplicates is stored too: its number must be known after a crash.
    BatchAppended event =
        new BatchAppended(
            nextOffset,
            timestamp,
            batch.publisher(),
            batch.number(),
            deduplicator.fresh(),
            deduplicator.duplicates(),
            deduplicator.stale(),
            conditions.unmet(),
            batch.producers(),
            now);
    return new Append(event, receipt(event));
  }

  @Override
  public void readClock(long nowMillis) {
    clock = clock.read(nowMillis, limits.persistMillis(), limits.maxStepMillis());
  }

  @Override
  public void apply(PartitionEvent event) {
    sequenceNumber++;
    if (event instanceof Activated activated) {
      readClock(activated.timestampMillis());
      lastTimestampMillis = Math.max(lastTimestampMillis, activated.timestampMillis());
    } else if (event instanceof BatchAppended appended) {
      append(appended);
    }
  }

  private void append(BatchAppended appended) {
    if (appended.firstOffset() != nextOffset) {
      throw new IllegalStateException(
          "INV-1 offsets have no gaps: the log ends before offset %d, and the next event in the journal starts at %d"
              .formatted(nextOffset, appended.firstOffset()));
    }
    clock = appended.clock();
    ids.evict(clock.ageMillis());
    long offset = nextOffset;
    for (LogMessage message : appended.messages()) {
      if (message.origin().isPresent()) {
        producers.add(message.origin().get(), offset);
      }
      lastOffsets.appended(message.key(), offset, sequenceNumber);
      if (message.hasOwnId()) {
        ids.add(DedupWindow.Id.of(message.key(), message.id()), offset, clock.ageMillis());
      }
      offset++;
    }
    appended.producers().forEach(producers::take);
    nextOffset = offset;
    lastTimestampMillis = appended.timestampMillis();
    ids.evict(clock.ageMillis());
    publishers.remove(appended.publisher());
    publishers.put(appended.publisher(), receipt(appended));
    if (publishers.size() > limits.maxPublishers()) {
      Iterator<BatchReceipt> oldest = publishers.values().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  private BatchReceipt receipt(BatchAppended event) {
    return new BatchReceipt(
        event.publisher(),
        partition,
        event.batchNumber(),
        event.firstOffset(),
        event.messages().size()
            + event.duplicates().size()
            + event.stale().size()
            + event.unmet().size(),
        event.duplicates(),
        event.stale(),
        event.unmet(),
        false);
  }

  /** Returns the state without the messages. */
  @Override
  public PartitionSnapshot snapshot() {
    return new PartitionSnapshot(
        partition,
        nextOffset,
        lastTimestampMillis,
        sequenceNumber,
        List.copyOf(publishers.values()),
        ids.known(),
        producers.remembered(),
        clock);
  }

  /** Returns the time that has passed for the log; see {@link PartitionClock}. */
  public long ageMillis(long nowMillis) {
    return clock.read(nowMillis, limits.persistMillis(), limits.maxStepMillis()).ageMillis();
  }

  /** Returns the offset of the oldest message whose id is known; the next one if there is none. */
  public long oldestKnownId() {
    return ids.oldest().orElse(nextOffset);
  }

  /** Returns the offset of the next message. */
  public long nextOffset() {
    return nextOffset;
  }

  /** The ids are the bulk of a snapshot. */
  @Override
  public long snapshotBytes() {
    return BYTES_OF_ID * idsKnown();
  }

  @Override
  public long sequenceNumber() {
    return sequenceNumber;
  }

  /** Returns the number of message ids that the limit has removed within the time window. */
  public long idsEvictedEarly() {
    return ids.evictedEarly();
  }

  /** Returns the effective window while the limit removes ids. */
  public Duration effectiveWindow() {
    return ids.effectiveWindow(clock.ageMillis());
  }

  /** Returns the number of deduplicated messages, by their ids or by their origins. */
  public int idsKnown() {
    return ids.size() + producers.size();
  }
}
