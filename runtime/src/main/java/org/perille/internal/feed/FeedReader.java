package org.perille.internal.feed;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.feed.FeedStart.At;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.settings.FeedLimits;

/**
 * Decides what a feed reads, and what it sends to its subscriber.
 *
 * <p>It reads from the partition's tail while the subscriber keeps up, and from the journal when it
 * is behind. It reads nothing ahead of the subscriber's demand, except what one read of the journal
 * returns.
 */
@Pure
public final class FeedReader {

  /** An action that the feed carries out. */
  public sealed interface Action {}

  /** Decides the start position with {@link FeedStart}. */
  public enum DecideStart implements Action {
    INSTANCE
  }

  /** Tells the worker where the feed starts. */
  public record Attach(At start) implements Action {}

  /** Connects to the worker's consumer controller, which has demand from then on. */
  public enum StartSending implements Action {
    INSTANCE
  }

  /** Tells the worker why it isn't fed. */
  public record Refuse(String reason) implements Action {}

  /** Ends the feed. The worker repeats its request, which starts a new one. */
  public record Stop(Throwable cause) implements Action {}

  /** Sends a batch. */
  public record Send(FeedBatch batch) implements Action {}

  /** Requests the messages from an offset on from the partition. */
  public record RequestTail(long offset) implements Action {}

  /** Reads the events between two sequence numbers, both included, from the journal. */
  public record ReadJournal(long from, long to) implements Action {}

  /** Repeats a failed read of the journal after a while. */
  public record ReadAgainLater(Throwable cause) implements Action {}

  /** The number of events in the first read of the journal. Their size is unknown. */
  private static final int FIRST_EVENTS_PER_READ = 8;

  /** The limit of events in one read: 12 MiB with the largest batches. */
  private static final int MAX_EVENTS_PER_READ = 100;

  /** The target size of one read of the journal. */
  private static final long READ_TARGET_BYTES = 512 * 1024;

  private final FeedLimits limits;
  private final ArrayDeque<FeedBatch> ready = new ArrayDeque<>();
  private Optional<At> start = Optional.empty();
  private boolean demand;
  private boolean reading;
  private long offset;
  private long sequenceNumber;
  private long journalReadUpTo;
  private int eventsPerRead = FIRST_EVENTS_PER_READ;

  public FeedReader(FeedLimits limits) {
    this.limits = limits;
  }

  /** Begins. */
  public List<Action> begin() {
    return List.of(DecideStart.INSTANCE);
  }

  /** The worker has repeated its request, because the answer may have been lost. */
  public List<Action> requestRepeated() {
    return List.of(start.<Action>map(Attach::new).orElse(DecideStart.INSTANCE));
  }

  /** The start is decided. A decision after the first start has no effect. */
  public List<Action> startDecided(FeedStart.Decision decision) {
    if (start.isPresent()) {
      return List.of();
    }
    if (decision instanceof FeedStart.Refused refused) {
      // The feed remains: through it the partition knows to which worker it passes a reset.
      return List.of(new Refuse(refused.reason()));
    }
    At at = (At) decision;
    start = Optional.of(at);
    offset = at.place().offset();
    sequenceNumber = at.place().sequenceNumber();
    return List.of(new Attach(at), StartSending.INSTANCE);
  }

  /** The start can't be decided, because the journal can't be read. */
  public List<Action> startFailed(Throwable cause) {
    return start.isPresent() ? List.of() : List.of(new Stop(cause));
  }

  /** The subscriber wants a batch. */
  public List<Action> demanded() {
    demand = true;
    return proceed();
  }

  /** Sends if a batch is ready and there is demand. Reads if none is ready. */
  private List<Action> proceed() {
    if (!demand) {
      return List.of();
    }
    if (!ready.isEmpty()) {
      demand = false;
      return List.of(new Send(ready.poll()));
    }
    if (reading) {
      return List.of();
    }
    reading = true;
    return List.of(new RequestTail(offset));
  }

  /** The partition has returned the next messages. */
  public List<Action> tailAvailable(TailCache.Read read) {
    reading = false;
    addReady(read.batch(), "tail");
    sequenceNumber = read.nextSequenceNumber();
    return proceed();
  }

  /**
   * The next messages are only in the journal.
   *
   * @param lastSequenceNumber the sequence number of the last event to read there
   */
  public List<Action> tailMissed(long lastSequenceNumber) {
    journalReadUpTo = lastSequenceNumber;
    return readJournal();
  }

  private List<Action> readJournal() {
    long to = Math.min(journalReadUpTo, sequenceNumber + eventsPerRead - 1);
    return List.of(new ReadJournal(sequenceNumber, to));
  }

  /** The journal can't be read. */
  public List<Action> readFailed(Throwable cause) {
    return List.of(new ReadAgainLater(cause));
  }

  /** It is time to repeat the failed read. */
  public List<Action> readAgain() {
    return readJournal();
  }

  /** The journal has returned the requested events. */
  public List<Action> journalRead(List<Stored> events) {
    long bytes = 0;
    FeedBatchBuilder batch = new FeedBatchBuilder(limits);
    for (Stored stored : events) {
      if (stored.event() instanceof BatchAppended event) {
        bytes += event.sizeInBytes();
        List<LogEntry> entries = event.entries();
        LogMark mark = LogMark.of(stored.sequenceNumber(), event);
        while (!batch.add(mark, entries, offset)) {
          batch = addReady(batch);
        }
      }
    }
    if (!batch.isEmpty()) {
      addReady(batch);
    }
    sequenceNumber = events.get(events.size() - 1).sequenceNumber() + 1;
    long average = Math.max(1, bytes / events.size());
    eventsPerRead = (int) Math.max(1, Math.min(MAX_EVENTS_PER_READ, READ_TARGET_BYTES / average));
    if (ready.isEmpty() && sequenceNumber <= journalReadUpTo) {
      return readJournal();
    }
    reading = false;
    return proceed();
  }

  private FeedBatchBuilder addReady(FeedBatchBuilder builder) {
    addReady(builder.build(), "journal");
    return new FeedBatchBuilder(limits);
  }

  private void addReady(FeedBatch batch, String source) {
    if (batch.firstOffset() != offset) {
      throw new IllegalStateException(
          "INV-4 a feed has no gaps: offset %d was expected, and the %s returned %d"
              .formatted(offset, source, batch.firstOffset()));
    }
    ready.add(batch);
    offset = batch.endOffset();
  }
}
