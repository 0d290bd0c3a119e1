package org.perille.internal.effect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.Lanes;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.partition.PartitionSnapshot;

/** A partition whose writes may fail, and which may be recovered at any time. */
final class ModelPartition {
  private static final PartitionLog.Limits LIMITS =
      new PartitionLog.Limits(Duration.ofMinutes(10), 1000);

  private final PartitionId id;
  private final Mark.Tally marks;
  private final List<PartitionEvent> journal = new ArrayList<>();
  private final List<LogEntry> entries = new ArrayList<>();
  private PartitionLog log;
  private PartitionSnapshot snapshot;
  private int eventsInSnapshot;

  ModelPartition(PartitionId id, Mark.Tally marks) {
    this.id = id;
    this.marks = marks;
    this.log = PartitionLog.empty(id.partition(), LIMITS);
    this.snapshot = log.snapshot();
  }

  PartitionId id() {
    return id;
  }

  /** Gives the receipt, if the sender gets one. */
  Optional<BatchReceipt> receive(PublishBatch batch, long nowMillis, Fault fault) {
    PartitionLog.Decision decision = log.decide(batch, nowMillis);
    if (decision instanceof PartitionLog.Repeat repeat) {
      marks.add(Mark.BATCH_REPEATED);
      return Optional.of(repeat.receipt());
    }
    if (decision instanceof PartitionLog.Append append) {
      return write(append.event(), fault).map(written -> append.receipt());
    }
    marks.add(Mark.BATCH_OUTDATED);
    return Optional.empty();
  }

  private Optional<BatchAppended> write(BatchAppended event, Fault fault) {
    if (fault.stores()) {
      journal.add(event);
      entries.addAll(event.entries());
    }
    if (fault != Fault.NONE) {
      recover();
      return Optional.empty();
    }
    log.apply(event);
    marks.add(Mark.MESSAGE_REPEATED, event.duplicates().size());
    marks.add(Mark.MESSAGE_OF_REPLACED_WORKER, event.stale().size());
    return Optional.of(event);
  }

  void takeSnapshot() {
    snapshot = log.snapshot();
    eventsInSnapshot = journal.size();
  }

  void recover() {
    log = PartitionLog.restore(LIMITS, snapshot);
    journal.subList(eventsInSnapshot, journal.size()).forEach(log::apply);
  }

  long end() {
    return entries.size();
  }

  List<LogEntry> entries() {
    return entries;
  }

  LogEntry entry(long offset) {
    return entries.get((int) offset);
  }

  /** What it remembers of those who publish for handled messages. */
  List<Lanes.Remembered> remembered() {
    return log.snapshot().lanes();
  }
}
