package org.perille.proof.chain;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.partition.ProducerDedup;
import org.perille.internal.settings.LogLimits;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Phase;

/**
 * A partition that recovers, and stores batches one after the other.
 *
 * <p>A write takes one step, and its answer another one. The partition may crash before, between
 * and after them.
 */
public final class ModelPartition {
  private static final LogLimits LIMITS = new LogLimits(Duration.ofHours(10), 1000);

  /** A batch, and the recipient of its receipt. */
  private record Arrived(PublishBatch batch, Consumer<BatchReceipt> sender) {}

  private record Write(
      BatchAppended event, BatchReceipt receipt, Consumer<BatchReceipt> sender, boolean stored) {}

  private final PartitionId id;
  private final RunRecorder recorder;
  private final List<BatchAppended> journal = new ArrayList<>();
  private final List<LogEntry> entries = new ArrayList<>();
  private final ArrayDeque<Arrived> arrived = new ArrayDeque<>();
  private Optional<PartitionLog> log = Optional.empty();
  private Optional<Write> write = Optional.empty();
  private Optional<PartitionSnapshot> snapshot = Optional.empty();
  private int eventsInSnapshot;
  private int lives;

  public ModelPartition(PartitionId id, RunRecorder recorder) {
    this.id = id;
    this.recorder = recorder;
  }

  /** Returns the partition that this is the model of. */
  public PartitionId id() {
    return id;
  }

  /** Adds a batch to those that wait. */
  public void arrive(PublishBatch batch, Consumer<BatchReceipt> sender) {
    arrived.add(new Arrived(batch, sender));
  }

  /**
   * Takes one step.
   *
   * @return false if there is nothing to do
   */
  public boolean step(long nowMillis, Fault fault) {
    if (log.isEmpty()) {
      recover();
    } else if (write.isPresent()) {
      goOn(write.get(), fault);
    } else if (!arrived.isEmpty()) {
      take(arrived.poll(), log.get(), nowMillis);
    } else {
      return false;
    }
    return true;
  }

  private void recover() {
    PartitionLog recovered =
        snapshot
            .map(stored -> PartitionLog.restore(LIMITS, stored))
            .orElseGet(() -> PartitionLog.empty(id.partition(), LIMITS));
    journal.subList(eventsInSnapshot, journal.size()).forEach(recovered::apply);
    log = Optional.of(recovered);
    lives++;
    recorder.record(
        at ->
            new Operation.LogRecovered(
                at, id.topic(), id.partition(), lives, recovered.nextOffset()));
  }

  private void take(Arrived one, PartitionLog current, long nowMillis) {
    PartitionLog.Decision decision = current.decide(one.batch, nowMillis);
    if (decision instanceof PartitionLog.Repeat repeat) {
      recorder.mark(Mark.BATCH_REPEATED);
      one.sender.accept(repeat.receipt());
    } else if (decision instanceof PartitionLog.Append append) {
      write = Optional.of(new Write(append.event(), append.receipt(), one.sender, false));
    } else {
      recorder.mark(Mark.BATCH_OUTDATED);
    }
  }

  private void goOn(Write current, Fault fault) {
    if (current.stored) {
      write = Optional.empty();
      log.orElseThrow().apply(current.event);
      recorder.mark(Mark.MESSAGE_REPEATED, current.event.duplicates().size());
      recorder.mark(Mark.MESSAGE_OF_REPLACED_WORKER, current.event.stale().size());
      current.sender.accept(current.receipt);
      return;
    }
    fault.note(recorder, ChainFaults.PARTITION_WRITE, fault.stores());
    if (fault.stores()) {
      store(current.event);
    }
    if (fault == Fault.NONE) {
      write = Optional.of(new Write(current.event, current.receipt, current.sender, true));
    } else {
      end();
    }
  }

  private void store(BatchAppended event) {
    journal.add(event);
    entries.addAll(event.entries());
  }

  private void end() {
    log = Optional.empty();
    write = Optional.empty();
    arrived.clear();
  }

  /** Crashes the partition. A write that has begun may still be stored. */
  public void crash(boolean storesLate) {
    if (storesLate && write.isPresent() && !write.get().stored) {
      store(write.get().event);
    }
    end();
  }

  /** Returns the phase of the partition, for a fault that hits it now. */
  public Phase phase(boolean isAnswering) {
    if (log.isEmpty()) {
      return Phase.RECOVERING;
    }
    if (write.isPresent()) {
      return write.get().stored ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE;
    }
    return isAnswering ? Phase.AFTER_ANSWER : Phase.UNKNOWN;
  }

  /**
   * Returns the phase that the loss of a batch affects. The batch may be a copy of a stored one.
   */
  public Phase phaseOf(PublishBatch batch) {
    if (log.isEmpty()) {
      return Phase.RECOVERING;
    }
    return hasStored(batch.publisher(), batch.number()) ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE;
  }

  /** Returns whether a batch of a publisher is stored, or one after it. */
  boolean hasStored(String publisher, long number) {
    return journal.stream()
        .anyMatch(event -> event.publisher().equals(publisher) && event.batchNumber() >= number);
  }

  /** Takes a snapshot, unless it is recovering or writing. */
  public void takeSnapshot() {
    if (write.isEmpty() && log.isPresent()) {
      snapshot = log.map(PartitionLog::snapshot);
      eventsInSnapshot = journal.size();
    }
  }

  /** Returns whether it has recovered, and has nothing to do. */
  public boolean isIdle() {
    return log.isPresent() && write.isEmpty() && arrived.isEmpty();
  }

  /** Returns the offset of the next message. */
  public long nextOffset() {
    return entries.size();
  }

  /** Returns all messages that are stored. */
  public List<LogEntry> entries() {
    return entries;
  }

  LogEntry entry(long offset) {
    return entries.get((int) offset);
  }

  /** Returns the partition's dedup records of the producers that publish for handled messages. */
  List<ProducerDedup.Remembered> remembered() {
    return log.map(current -> current.snapshot().producers()).orElse(List.of());
  }
}
