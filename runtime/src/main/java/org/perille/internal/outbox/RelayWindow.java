package org.perille.internal.outbox;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.perille.internal.Pure;
import org.perille.internal.outbox.RelayTable.RecordedBatch;

/**
 * The recorded batches of a relay that aren't durably finished.
 *
 * <p>Batches finish in any order. So a partition that can't be reached doesn't hold back the others
 * until the window is full.
 *
 * <p>All is used by the relay's thread, except for {@link #finishedBelow}.
 */
@Pure
final class RelayWindow {
  private final int maxMessages;
  private final long maxBytes;
  private final int maxBatches;
  private final TreeMap<Long, RecordedBatch> pending = new TreeMap<>();
  private final Set<Long> ids = new HashSet<>();
  private final List<RecordedBatch> received = new ArrayList<>();
  private long bytes;
  private long lastBatch;

  /** The batches that were finished above the lowest one that is pending. */
  private final TreeSet<Long> finishedAbove = new TreeSet<>();

  private volatile long finishedBelow;

  /**
   * Creates a window.
   *
   * @param recorded the batches that an earlier relay has left
   * @param lastBatch the highest number so far
   * @param maxMessages the limit of messages in it
   * @param maxBytes the limit of their bytes
   * @param maxBatches the limit of batches that finish above an unfinished one, whose messages
   *     partitions must remember
   */
  RelayWindow(
      List<RecordedBatch> recorded,
      long lastBatch,
      int maxMessages,
      long maxBytes,
      int maxBatches) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
    this.maxBatches = maxBatches;
    this.lastBatch = lastBatch;
    recorded.forEach(this::put);
    settle();
  }

  /** Adds a batch that was recorded. */
  void add(RecordedBatch batch) {
    lastBatch = batch.number();
    put(batch);
    settle();
  }

  private void put(RecordedBatch batch) {
    pending.put(batch.number(), batch);
    ids.addAll(batch.ids());
    bytes += sizeOf(batch);
  }

  /** Records that all messages of a batch have receipts. */
  void received(long number) {
    RecordedBatch batch = pending.get(number);
    if (batch != null) {
      received.add(batch);
    }
  }

  /** Returns the batches that have all receipts and whose rows are to be deleted. */
  List<RecordedBatch> received() {
    return List.copyOf(received);
  }

  /** Records that the rows of batches are durably deleted. */
  void finished(List<RecordedBatch> batches) {
    for (RecordedBatch batch : batches) {
      pending.remove(batch.number());
      batch.ids().forEach(ids::remove);
      bytes -= sizeOf(batch);
      finishedAbove.add(batch.number());
    }
    received.removeAll(batches);
    settle();
  }

  private void settle() {
    finishedBelow =
        pending.entrySet().stream().findFirst().map(Map.Entry::getKey).orElse(lastBatch + 1);
    finishedAbove.headSet(finishedBelow).clear();
  }

  private static long sizeOf(RecordedBatch batch) {
    return batch.rows().stream().mapToLong(OutboxRow::sizeInBytes).sum();
  }

  /** Returns whether another batch may be recorded. */
  boolean hasRoom() {
    return ids.size() < maxMessages && bytes < maxBytes && finishedAbove.size() < maxBatches;
  }

  /** Returns the rows in it. */
  Set<Long> ids() {
    return Set.copyOf(ids);
  }

  /**
   * Returns the number below which all batches are durably finished. Called by any thread.
   *
   * <p>No message of those batches will ever be sent again.
   */
  long finishedBelow() {
    return finishedBelow;
  }
}
