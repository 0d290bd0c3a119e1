package org.perille.internal.transaction;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.perille.internal.Pure;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionEvent.TransactionsFinished;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.partition.OwnedLog;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.partition.TransactionSnapshot;
import org.perille.internal.partition.TransactionSnapshot.Unfinished;
import org.perille.internal.settings.LogLimits;

/**
 * The state of a log of transactions: those that are committed, and what became of them.
 *
 * <p>Committing is appending to a {@link PartitionLog}, where an offset is a transaction. A
 * transaction is unfinished from its commit until an event says that all its messages are stored.
 * Then the log retains their offsets for as long as it knows the transaction's id.
 *
 * <p>Mutable, like the log of a partition.
 */
@Pure
public final class TransactionLog implements OwnedLog {
  /** The limit of the bytes of unfinished transactions. One more batch may exceed it. */
  static final long MAX_UNFINISHED_BYTES = 16 << 20;

  /**
   * The limit of transactions from the first unfinished one on. Partitions remember the messages of
   * these, because they may be published again.
   */
  static final int MAX_SPAN = 10_000;

  /** The size of a stored transaction in a snapshot, roughly. */
  private static final long BYTES_OF_STORED = 100;

  private final PartitionLog log;
  private final NavigableMap<Long, Unfinished> unfinished = new TreeMap<>();
  private final NavigableMap<Long, StoredTransaction> finished = new TreeMap<>();
  private long unfinishedBytes;

  private TransactionLog(PartitionLog log) {
    this.log = log;
  }

  /** Returns a log that has stored nothing. */
  public static TransactionLog empty(int number, LogLimits limits) {
    return new TransactionLog(PartitionLog.empty(number, limits));
  }

  /** Returns the log of a snapshot. */
  public static TransactionLog restore(LogLimits limits, TransactionSnapshot snapshot) {
    TransactionLog restored = new TransactionLog(PartitionLog.restore(limits, snapshot.log()));
    snapshot.unfinished().forEach(restored::begin);
    snapshot.finished().forEach(stored -> restored.finished.put(stored.offset(), stored));
    return restored;
  }

  /** Decides about a batch of transactions; see {@link PartitionLog#decide}. */
  public PartitionLog.Decision decide(PublishBatch batch, long nowMillis) {
    return log.decide(batch, nowMillis);
  }

  @Override
  public void readClock(long nowMillis) {
    log.readClock(nowMillis);
  }

  @Override
  public void apply(PartitionEvent event) {
    log.apply(event);
    if (event instanceof BatchAppended appended) {
      long offset = appended.firstOffset();
      for (LogMessage transaction : appended.messages()) {
        begin(new Unfinished(offset++, appended.clock().ageMillis(), transaction));
      }
      forgetOld();
    } else if (event instanceof TransactionsFinished some) {
      some.transactions().forEach(this::finish);
      forgetOld();
    }
  }

  private void begin(Unfinished transaction) {
    unfinished.put(transaction.offset(), transaction);
    unfinishedBytes += transaction.message().sizeInBytes();
  }

  private void finish(StoredTransaction stored) {
    Unfinished transaction = unfinished.remove(stored.offset());
    if (transaction == null) {
      throw new IllegalStateException(
          "INV-12 a transaction is finished once: the one at offset %d isn't unfinished"
              .formatted(stored.offset()));
    }
    unfinishedBytes -= transaction.message().sizeInBytes();
    finished.put(stored.offset(), stored);
  }

  private void forgetOld() {
    finished.headMap(log.oldestKnownId()).clear();
  }

  /** Returns whether another batch may be appended. */
  boolean hasRoom() {
    return unfinishedBytes < MAX_UNFINISHED_BYTES && log.nextOffset() - finishedBelow() < MAX_SPAN;
  }

  /** Returns the unfinished transactions by offset. */
  public NavigableMap<Long, Unfinished> unfinished() {
    return Collections.unmodifiableNavigableMap(unfinished);
  }

  /**
   * Returns the time since the commit of the oldest unfinished transaction, as the owners of the
   * log have counted it; zero if there is none.
   */
  Duration ageOfUnfinished(long nowMillis) {
    return unfinished.isEmpty()
        ? Duration.ZERO
        : Duration.ofMillis(
            log.ageMillis(nowMillis) - unfinished.firstEntry().getValue().ageMillis());
  }

  /** Returns whether a transaction is committed, and isn't finished. */
  public boolean isUnfinished(long offset) {
    return unfinished.containsKey(offset);
  }

  /** Returns a finished transaction, if the log remembers it. */
  public Optional<StoredTransaction> stored(long offset) {
    return Optional.ofNullable(finished.get(offset));
  }

  /** Returns the offset below which all transactions are durably finished. */
  public long finishedBelow() {
    return unfinished.isEmpty() ? log.nextOffset() : unfinished.firstKey();
  }

  /** Returns the offset of the next transaction. */
  public long nextOffset() {
    return log.nextOffset();
  }

  @Override
  public long sequenceNumber() {
    return log.sequenceNumber();
  }

  @Override
  public long snapshotBytes() {
    return log.snapshotBytes() + unfinishedBytes + BYTES_OF_STORED * finished.size();
  }

  @Override
  public TransactionSnapshot snapshot() {
    return new TransactionSnapshot(
        log.snapshot(), List.copyOf(unfinished.values()), List.copyOf(finished.values()));
  }
}
