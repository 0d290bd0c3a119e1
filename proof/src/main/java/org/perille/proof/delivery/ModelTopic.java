package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.testkit.history.Operation;

/** A partition's journal. Each sequence number can be used once. */
final class ModelTopic {
  /** Decompresses what the application's publishers compress. */
  static final Decompressor DECOMPRESSOR = new Decompressor(1 << 20);

  private final Simulation simulation;
  private final List<Stored> events = new ArrayList<>();
  private final List<LogEntry> entries = new ArrayList<>();
  private final List<Long> sequenceNumbers = new ArrayList<>();

  ModelTopic(Simulation simulation) {
    this.simulation = simulation;
  }

  PartitionId id() {
    return new PartitionId("topic", 0);
  }

  /**
   * Stores an event.
   *
   * @return false if another writer has taken over
   */
  boolean store(long sequenceNumber, PartitionEvent event, long epoch) {
    if (events.size() != sequenceNumber - 1) {
      return false;
    }
    events.add(new Stored(sequenceNumber, event));
    simulation.record(at -> new Operation.Stored(at, id().persistenceId(), sequenceNumber, epoch));
    if (event instanceof BatchAppended batch) {
      for (LogEntry entry : DECOMPRESSOR.decompress(batch.entries())) {
        entries.add(entry);
        sequenceNumbers.add(sequenceNumber);
        simulation.application().conditions().stored(entry);
      }
    }
    return true;
  }

  List<Stored> events() {
    return events;
  }

  List<LogEntry> entries() {
    return entries;
  }

  /** Returns the text that was published at an offset. */
  String value(long offset) {
    return entries.get((int) offset).message().payload().toStringUtf8();
  }

  long end() {
    return entries.size();
  }

  /** Returns a sequence number at or before the event that holds an offset, or will hold it. */
  long atOrBefore(long offset, Random random) {
    return Math.max(1, sequenceNumber(offset) - random.nextInt(3));
  }

  /** Returns the sequence number of the event that holds an offset, or will hold it at least. */
  long sequenceNumber(long offset) {
    return offset < end() ? sequenceNumbers.get((int) offset) : events.size() + 1L;
  }

  /** Returns the mark of the batch that holds the offset before this one. */
  Optional<LogMark> markBefore(long offset) {
    if (offset == 0) {
      return Optional.empty();
    }
    long at = sequenceNumbers.get((int) offset - 1);
    return Optional.of(LogMark.of(at, (BatchAppended) events.get((int) at - 1).event()));
  }

  /** Returns whether the log has the batch of a mark. */
  boolean has(LogMark mark) {
    return events.get((int) mark.sequenceNumber() - 1).event() instanceof BatchAppended batch
        && LogMark.of(mark.sequenceNumber(), batch).equals(mark);
  }

  List<Stored> read(long from, long to) {
    return List.copyOf(
        events.subList((int) Math.min(from - 1, events.size()), (int) Math.min(to, events.size())));
  }
}
