package org.perille.internal.partition;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.Activated;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PublishBatch;

/**
 * Decides what a partition appends, and knows what it has appended.
 *
 * <p>{@link #decide} reads the state, {@link #apply} changes it, and nothing else does either. The
 * state evolves in place instead of being copied for each batch: a partition has one write in
 * flight, and one whose write failed is thrown away and recovered from the journal.
 *
 * <p>Two layers keep a message from being stored twice. The number of a publisher's last batch
 * catches what the transport repeats; the dedup window catches what the application repeats, and
 * the lanes what a subscription repeats that publishes for the messages it handles.
 */
public final class PartitionLog {

  /**
   * What bounds the memory of a partition.
   *
   * @param dedupWindow how long a message id is remembered
   * @param dedupMaxIds how many message ids are remembered at the most
   */
  public record Limits(Duration dedupWindow, int dedupMaxIds) {}

  /** A publisher that sent nothing for so long has no batch under way that could come again. */
  private static final long PUBLISHER_IDLE_MILLIS = Duration.ofDays(1).toMillis();

  /** Publishers remembered at the most: far more than a cluster has nodes, restarts included. */
  private static final int MAX_PUBLISHERS = 10_000;

  /** What to do with a batch. */
  public sealed interface Decision {}

  /** Store this, then answer with the receipt. */
  public record Append(BatchAppended event, BatchReceipt receipt) implements Decision {}

  /** The batch is stored already: answer with the receipt again. */
  public record Repeat(BatchReceipt receipt) implements Decision {}

  /** An older batch than the publisher's last one: its receipt arrived long ago. */
  public record Outdated() implements Decision {}

  private final int partition;
  private final DedupWindow ids;
  private final Lanes lanes = new Lanes();
  private final LinkedHashMap<String, PartitionSnapshot.LastBatch> publishers =
      new LinkedHashMap<>();
  private long nextOffset;
  private long lastTimestampMillis;
  private long sequenceNumber;

  private PartitionLog(int partition, Limits limits) {
    this.partition = partition;
    this.ids = new DedupWindow(limits.dedupWindow(), limits.dedupMaxIds());
  }

  /** The log of a partition that has stored nothing. */
  public static PartitionLog empty(int partition, Limits limits) {
    return new PartitionLog(partition, limits);
  }

  /** The log as it was when the snapshot was taken. */
  public static PartitionLog restore(Limits limits, PartitionSnapshot snapshot) {
    PartitionLog log = new PartitionLog(snapshot.partition(), limits);
    log.nextOffset = snapshot.nextOffset();
    log.lastTimestampMillis = snapshot.lastTimestampMillis();
    log.sequenceNumber = snapshot.sequenceNumber();
    snapshot.publishers().forEach(last -> log.publishers.put(last.receipt().publisher(), last));
    snapshot
        .ids()
        .forEach(
            known -> log.ids.add(known.key(), known.id(), known.offset(), known.timestampMillis()));
    snapshot.lanes().forEach(log.lanes::restore);
    return log;
  }

  /** What to do with a batch that has arrived. */
  public Decision decide(PublishBatch batch, long nowMillis) {
    PartitionSnapshot.LastBatch last = publishers.get(batch.publisher());
    if (last != null) {
      if (batch.number() == last.receipt().number()) {
        return new Repeat(last.receipt());
      }
      if (batch.number() < last.receipt().number()) {
        return new Outdated();
      }
    }
    Screening screening = new Screening(ids, lanes, nextOffset, batch.messages().size());
    batch.lanes().forEach(screening::take);
    int index = 0;
    for (LogMessage message : batch.messages()) {
      screening.screen(index++, message);
    }
    // A clock that was set back must not make a log whose times can't be searched.
    long timestamp = Math.max(nowMillis, lastTimestampMillis);
    // A batch of nothing but duplicates is stored too: its number must be known after a crash.
    BatchAppended event =
        new BatchAppended(
            nextOffset,
            timestamp,
            batch.publisher(),
            batch.number(),
            screening.fresh(),
            screening.duplicates(),
            screening.stale(),
            batch.lanes());
    return new Append(event, receipt(event));
  }

  /** Takes in an event that is being written, or is replayed. */
  public void apply(PartitionEvent event) {
    sequenceNumber++;
    if (event instanceof Activated activated) {
      lastTimestampMillis = Math.max(lastTimestampMillis, activated.timestampMillis());
    } else if (event instanceof BatchAppended appended) {
      append(appended);
    }
  }

  private void append(BatchAppended appended) {
    if (appended.firstOffset() != nextOffset) {
      throw new IllegalStateException(
          "INV-1 offsets have no gaps: the log ends before offset %d, and the next event in the journal begins at %d"
              .formatted(nextOffset, appended.firstOffset()));
    }
    long offset = nextOffset;
    for (LogMessage message : appended.messages()) {
      if (message.origin().isPresent()) {
        lanes.add(message.origin().get(), offset);
      } else if (!message.id().isEmpty()) {
        ids.add(message.key(), message.id(), offset, appended.timestampMillis());
      }
      offset++;
    }
    appended.lanes().forEach(lanes::take);
    nextOffset = offset;
    lastTimestampMillis = appended.timestampMillis();
    ids.evict(lastTimestampMillis);
    publishers.remove(appended.publisher());
    publishers.put(
        appended.publisher(),
        new PartitionSnapshot.LastBatch(receipt(appended), appended.timestampMillis()));
    forgetIdlePublishers();
  }

  private void forgetIdlePublishers() {
    Iterator<PartitionSnapshot.LastBatch> oldest = publishers.values().iterator();
    while (oldest.hasNext()
        && (oldest.next().timestampMillis() < lastTimestampMillis - PUBLISHER_IDLE_MILLIS
            || publishers.size() > MAX_PUBLISHERS)) {
      oldest.remove();
    }
  }

  private BatchReceipt receipt(BatchAppended event) {
    return new BatchReceipt(
        event.publisher(),
        partition,
        event.batchNumber(),
        event.firstOffset(),
        event.messages().size() + event.duplicates().size() + event.stale().size(),
        event.duplicates(),
        event.stale());
  }

  /** Everything but the messages, to be stored. */
  public PartitionSnapshot snapshot() {
    return new PartitionSnapshot(
        partition,
        nextOffset,
        lastTimestampMillis,
        sequenceNumber,
        List.copyOf(publishers.values()),
        ids.known(),
        lanes.remembered());
  }

  /** The offset that the next message will get. */
  public long nextOffset() {
    return nextOffset;
  }

  /** The journal sequence number of the last event. */
  public long sequenceNumber() {
    return sequenceNumber;
  }

  /** How many message ids were forgotten for their number inside the time window. */
  public long idsEvictedEarly() {
    return ids.evictedEarly();
  }

  /** How many messages are remembered, by their ids or by what they were published for. */
  public int idsKnown() {
    return ids.size() + lanes.size();
  }
}
