package org.perille.internal.feed;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.internal.Pure;
import org.perille.internal.feed.JournalSeek.LogPosition;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent.BatchAppended;

/**
 * Decides the start of a feed: the messages that the subscriber has finished must be in this log.
 *
 * <p>A cursor in another database stays ahead when the log is restored to an older state. It would
 * skip messages that are then published at the offsets that it has passed.
 */
@Pure
public final class FeedStart {
  private static final String REMEDY =
      "the log was restored to an older state than the cursor, or belongs to another database."
          + " Restore both to the same time, or reset the subscription to the time that the"
          + " log was restored to (Perille.reset). Until then it handles nothing in this partition";

  /** The decision about a start. */
  public sealed interface Decision {}

  /**
   * The feed starts here.
   *
   * @param mark the mark of the log before the offset; empty if the log is empty there
   */
  public record At(LogPosition place, Optional<LogMark> mark) implements Decision {}

  /** The feed is refused. */
  public record Refused(String reason) implements Decision {}

  private final PartitionJournal journal;
  private final String persistenceId;
  private final long endOffset;
  private final JournalSeek seek;

  /**
   * Creates an instance for the present state of the log.
   *
   * @param endOffset the offset after the last message
   * @param last the sequence number of the last event
   */
  public FeedStart(PartitionJournal journal, String persistenceId, long endOffset, long last) {
    this.journal = journal;
    this.persistenceId = persistenceId;
    this.endOffset = endOffset;
    this.seek = new JournalSeek(journal, persistenceId, endOffset, last);
  }

  /** Decides about a position. Fails if the journal can't be read. */
  public CompletionStage<Decision> decide(ReadFrom from) {
    if (!(from instanceof ReadFrom.Resume resume)) {
      return seek.place(from).thenCompose(this::begin);
    }
    LogPosition place = new LogPosition(resume.offset(), resume.sequenceNumber());
    if (resume.offset() > endOffset) {
      return completed(refusedBeyondEnd(resume));
    }
    if (resume.mark().isEmpty()) {
      // A cursor that was reset has no mark. It stores the mark of this answer.
      return begin(place);
    }
    LogMark mark = resume.mark().get();
    return journal
        .readUpTo(persistenceId, mark.sequenceNumber(), mark.sequenceNumber())
        .thenApply(
            found ->
                isThere(mark, found)
                    ? new At(place, resume.mark())
                    : refusedOfAnotherLog(resume, mark));
  }

  private CompletionStage<Decision> begin(LogPosition place) {
    return place.offset() == 0
        ? completed(new At(place, Optional.empty()))
        : seek.markBefore(place.offset()).thenApply(mark -> new At(place, mark));
  }

  private static CompletionStage<Decision> completed(Decision decision) {
    return CompletableFuture.completedFuture(decision);
  }

  private static boolean isThere(LogMark mark, List<Stored> found) {
    return found.size() == 1
        && found.get(0).event() instanceof BatchAppended batch
        && LogMark.of(found.get(0).sequenceNumber(), batch).equals(mark);
  }

  private Refused refusedBeyondEnd(ReadFrom.Resume resume) {
    return new Refused(
        "its cursor is at offset %d, and the log '%s' ends at %d: %s"
            .formatted(resume.offset(), persistenceId, endOffset, REMEDY));
  }

  private Refused refusedOfAnotherLog(ReadFrom.Resume resume, LogMark mark) {
    return new Refused(
        "its cursor is at offset %d of another log: the batch that it stores as event %d isn't in the log '%s': %s"
            .formatted(resume.offset(), mark.sequenceNumber(), persistenceId, REMEDY));
  }
}
