package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.testkit.history.Operation;

/**
 * A partition's journal, and the runs of the partition that write to it. Each sequence number can
 * be used once.
 */
final class ModelTopic {
  private final Simulation simulation;
  private final List<Stored> events = new ArrayList<>();
  private final List<LogEntry> entries = new ArrayList<>();
  private final List<Long> sequenceNumbers = new ArrayList<>();
  private final List<ModelPartition> runs = new ArrayList<>();
  private long workerRunsBegun;

  ModelTopic(Simulation simulation) {
    this.simulation = simulation;
  }

  PartitionId id() {
    return new PartitionId("topic", 0);
  }

  /** Starts a new run of the partition. The one before may continue. */
  void start() {
    runs.removeIf(ModelPartition::isGone);
    runs.add(new ModelPartition(simulation, this, ++workerRunsBegun));
  }

  ModelPartition current() {
    return runs.get(runs.size() - 1);
  }

  List<ModelPartition> runs() {
    return runs;
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
      for (LogEntry entry : batch.entries()) {
        entries.add(entry);
        sequenceNumbers.add(sequenceNumber);
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
    long at = offset < end() ? sequenceNumbers.get((int) offset) : events.size() + 1L;
    return Math.max(1, at - random.nextInt(3));
  }

  /** Returns the messages from an offset on, as far as a run of the partition knows them. */
  Optional<FeedBatch> batch(ModelPartition from, long offset, int most, Random random) {
    if (offset >= from.end()) {
      return Optional.empty();
    }
    int to = (int) Math.min(from.end(), offset + most);
    return Optional.of(
        new FeedBatch(
            atOrBefore(offset, random),
            List.copyOf(entries.subList((int) offset, to)),
            markBefore(to)));
  }

  /** Returns the mark of the batch that holds the offset before this one. */
  Optional<LogMark> markBefore(long offset) {
    if (offset == 0) {
      return Optional.empty();
    }
    long at = sequenceNumbers.get((int) offset - 1);
    return Optional.of(LogMark.of(at, (BatchAppended) events.get((int) at - 1).event()));
  }

  List<Stored> read(long from, long to) {
    return List.copyOf(
        events.subList((int) Math.min(from - 1, events.size()), (int) Math.min(to, events.size())));
  }
}
