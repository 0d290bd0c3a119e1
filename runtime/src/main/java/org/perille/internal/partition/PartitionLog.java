package org.perille.internal.partition;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionClock;
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
 * catches what the transport repeats, whatever clocks say; the dedup window catches what the
 * application repeats, and the lanes what a subscription repeats that publishes for the messages it
 * handles.
 */
public final class PartitionLog {

  /**
   * What bounds the memory of a partition.
   *
   * @param dedupWindow how long a message id is remembered
   * @param dedupMaxIds how many message ids are remembered at the most
   * @param maxPublishers how many publishers are remembered at the most
   */
  public record Limits(Duration dedupWindow, int dedupMaxIds, int maxPublishers) {
    /** The usual number of publishers. */
    public Limits(Duration dedupWindow, int dedupMaxIds) {
      this(dedupWindow, dedupMaxIds, MAX_PUBLISHERS);
    }

    /** How long the time must persist that a clock may have invented. */
    private long persistMillis() {
      return dedupWindow.toMillis() / PERSISTED_PARTS;
    }
  }

  /**
   * Each start of a node is a publisher, and about 300 bytes. One is forgotten when so many others
   * have published here since it did: while its batch is under way, a restart of every node of any
   * cluster, some times over.
   */
  private static final int MAX_PUBLISHERS = 2_000;

  /** With a window of a day an hour. */
  private static final int PERSISTED_PARTS = 24;

  /** What to do with a batch. */
  public sealed interface Decision {}

  /** Store this, then answer with the receipt. */
  public record Append(BatchAppended event, BatchReceipt receipt) implements Decision {}

  /** The batch is stored already: answer with the receipt again. */
  public record Repeat(BatchReceipt receipt) implements Decision {}

  /** An older batch than the publisher's last one: its receipt arrived long ago. */
  public record Outdated() implements Decision {}

  /** The publisher was forgotten, and whether its batch is stored with it: answer with that. */
  public record Forgotten(BatchReceipt receipt) implements Decision {}

  private final int partition;
  private final Limits limits;
  private final DedupWindow ids;
  private final Lanes lanes = new Lanes();

  /** The receipt of the last batch of each; who sent last is at the end. */
  private final LinkedHashMap<String, BatchReceipt> publishers = new LinkedHashMap<>();

  private PartitionClock clock = PartitionClock.NEW;
  private long nextOffset;
  private long lastTimestampMillis;
  private long sequenceNumber;

  private PartitionLog(int partition, Limits limits) {
    this.partition = partition;
    this.limits = limits;
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
    log.clock = snapshot.clock();
    snapshot.publishers().forEach(last -> log.publishers.put(last.publisher(), last));
    snapshot.ids().forEach(known -> log.ids.add(known.id(), known.offset(), known.ageMillis()));
    snapshot.lanes().forEach(log.lanes::restore);
    return log;
  }

  /**
   * What to do with a batch that has arrived.
   *
   * @param nowMillis what the owner's clock says; it need not agree with those of other owners
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
    PartitionClock now = clock.read(nowMillis, limits.persistMillis());
    Screening screening =
        new Screening(ids, lanes, now.ageMillis(), nextOffset, batch.messages().size());
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
            batch.lanes(),
            now);
    return new Append(event, receipt(event));
  }

  /**
   * Reads the owner's clock. To be called far more often than {@link PartitionClock#MAX_STEP}, also
   * while nothing is appended: time is doubtful otherwise.
   */
  public void readClock(long nowMillis) {
    clock = clock.read(nowMillis, limits.persistMillis());
  }

  /** Takes in an event that is being written, or is replayed. */
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
          "INV-1 offsets have no gaps: the log ends before offset %d, and the next event in the journal begins at %d"
              .formatted(nextOffset, appended.firstOffset()));
    }
    if (appended.clock().equals(PartitionClock.NEW)) {
      readClock(appended.timestampMillis());
    } else {
      clock = appended.clock();
    }
    ids.evict(clock.ageMillis());
    long offset = nextOffset;
    for (LogMessage message : appended.messages()) {
      if (message.origin().isPresent()) {
        lanes.add(message.origin().get(), offset);
      } else if (!message.id().isEmpty()) {
        ids.add(DedupWindow.Id.of(message.key(), message.id()), offset, clock.ageMillis());
      }
      offset++;
    }
    appended.lanes().forEach(lanes::take);
    nextOffset = offset;
    lastTimestampMillis = appended.timestampMillis();
    ids.evict(clock.ageMillis());
    publishers.remove(appended.publisher());
    publishers.put(appended.publisher(), receipt(appended));
    if (publishers.size() > limits.maxPublishers) {
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
        lanes.remembered(),
        clock);
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

  /** How long ids are remembered while more come than may be. */
  public Duration effectiveWindow() {
    return ids.effectiveWindow(clock.ageMillis());
  }

  /** How many messages are remembered, by their ids or by what they were published for. */
  public int idsKnown() {
    return ids.size() + lanes.size();
  }
}
