package org.perille.internal.feed;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.perille.internal.Pure;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent.BatchAppended;

/**
 * Finds a position in a partition's journal without an index.
 *
 * <p>Offsets and times rise with the sequence numbers, so a binary search finds the position in a
 * few single reads.
 */
@Pure
public final class JournalSeek {
  /** The position at which reading starts. */
  public record LogPosition(long offset, long sequenceNumber) {}

  private record Found(long sequenceNumber, BatchAppended event) {}

  private final PartitionJournal journal;
  private final String persistenceId;
  private final long endOffset;
  private final long last;

  /**
   * Creates a search in the present state of the log.
   *
   * @param endOffset the offset after the last message
   * @param last the sequence number of the last event
   */
  public JournalSeek(PartitionJournal journal, String persistenceId, long endOffset, long last) {
    this.journal = journal;
    this.persistenceId = persistenceId;
    this.endOffset = endOffset;
    this.last = last;
  }

  /**
   * Returns the start position of a subscriber's request. An offset past the end becomes the end.
   */
  public CompletionStage<LogPosition> place(ReadFrom from) {
    if (from instanceof ReadFrom.Resume resume) {
      return completed(new LogPosition(resume.offset(), resume.sequenceNumber()));
    }
    if (from instanceof ReadFrom.Earliest) {
      return completed(new LogPosition(0, 1));
    }
    if (from instanceof ReadFrom.Offset at && at.offset() < endOffset) {
      return offset(at.offset());
    }
    if (from instanceof ReadFrom.Timestamp at) {
      return timestamp(at.timestampMillis());
    }
    return completed(new LogPosition(endOffset, last + 1));
  }

  private static CompletionStage<LogPosition> completed(LogPosition place) {
    return CompletableFuture.completedFuture(place);
  }

  /** Returns the event that contains an offset, or the position at which it will be appended. */
  CompletionStage<LogPosition> offset(long offset) {
    return lastOf(event -> event.firstOffset() <= offset)
        .thenApply(found -> new LogPosition(offset, Math.max(1, found.sequenceNumber)));
  }

  /** Returns the first message that was appended at a time or later. */
  CompletionStage<LogPosition> timestamp(long timestampMillis) {
    return lastOf(event -> event.timestampMillis() < timestampMillis)
        .thenApply(
            found ->
                new LogPosition(
                    found.event == null ? 0 : found.event.endOffset(),
                    Math.max(1, found.sequenceNumber)));
  }

  /**
   * Returns the mark of the batch that contains the offset before this one; empty if there is none.
   */
  CompletionStage<Optional<LogMark>> markBefore(long offset) {
    return lastOf(event -> event.firstOffset() < offset)
        .thenApply(
            found ->
                Optional.ofNullable(found.event)
                    .map(batch -> LogMark.of(found.sequenceNumber, batch)));
  }

  private CompletionStage<Found> lastOf(Predicate<BatchAppended> before) {
    return search(before, 1, last, new Found(0, null));
  }

  /**
   * Searches between two sequence numbers. Invariant: all events up to {@code best} satisfy the
   * condition, and none above {@code high} does.
   */
  private CompletionStage<Found> search(
      Predicate<BatchAppended> before, long low, long high, Found best) {
    if (low > high) {
      return CompletableFuture.completedFuture(best);
    }
    long middle = low + (high - low) / 2;
    return batchAtOrAfter(middle, high)
        .thenCompose(
            found ->
                found.event != null && before.test(found.event)
                    ? search(before, found.sequenceNumber + 1, high, found)
                    : search(before, low, middle - 1, best));
  }

  /** Returns the first batch at or after a sequence number. Other events occur between batches. */
  private CompletionStage<Found> batchAtOrAfter(long sequenceNumber, long high) {
    if (sequenceNumber > high) {
      return CompletableFuture.completedFuture(new Found(sequenceNumber, null));
    }
    return journal
        .read(persistenceId, sequenceNumber, sequenceNumber)
        .thenCompose(
            events -> {
              Stored stored = events.get(0);
              return stored.event() instanceof BatchAppended batch
                  ? CompletableFuture.completedFuture(new Found(sequenceNumber, batch))
                  : batchAtOrAfter(sequenceNumber + 1, high);
            });
  }
}
