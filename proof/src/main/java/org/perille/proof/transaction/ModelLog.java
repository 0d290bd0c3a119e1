package org.perille.proof.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.TransactionSnapshot;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.transaction.TransactionLog;
import org.perille.internal.transaction.TransactionLogs;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Phase;

/**
 * A log of transactions: its journal, and its owners. There may be several at once. Nothing but the
 * sequence numbers of the journal prevents that an older one writes.
 */
final class ModelLog {
  /** So long that a wrong clock can't make a log forget an id during a scenario. */
  private static final LogLimits LIMITS = new LogLimits(Duration.ofDays(90), 1000);

  private record LateWrite(long sequenceNumber, PartitionEvent event) {}

  private final PartitionId id;
  private final Choices random;
  private final RunRecorder recorder;
  private final List<PartitionEvent> journal = new ArrayList<>();
  private final List<ModelOwner> owners = new ArrayList<>();
  private final List<LateWrite> lateWrites = new ArrayList<>();
  private Optional<TransactionSnapshot> snapshot = Optional.empty();

  ModelLog(int number, Choices random, RunRecorder recorder) {
    this.id = new PartitionId(TransactionLogs.TOPIC, number);
    this.random = random;
    this.recorder = recorder;
  }

  PartitionId id() {
    return id;
  }

  RunRecorder recorder() {
    return recorder;
  }

  /** Starts an owner. An earlier one lives on, unless it has ended. */
  void start(ModelNode node) {
    owners.add(new ModelOwner(this, node));
    recorder.tell(id, "gets an owner on", node);
  }

  void ensureOwner(ModelNode node) {
    if (owners.isEmpty() || current().isDead()) {
      start(node);
    }
    owners.removeIf(owner -> owner.isDead() && owner != current());
  }

  ModelOwner current() {
    return owners.get(owners.size() - 1);
  }

  List<ModelOwner> owners() {
    return owners;
  }

  /** Returns the owner that a message reaches: usually the latest one. */
  ModelOwner reached() {
    ModelOwner reached = random.nextInt(4) == 0 ? random.any(owners) : current();
    return reached.isDead() ? current() : reached;
  }

  /** Recovers the log from its journal. */
  TransactionLog recover() {
    TransactionLog log =
        snapshot
            .map(stored -> TransactionLog.restore(LIMITS, stored))
            .orElseGet(() -> TransactionLog.empty(id.partition(), LIMITS));
    recorder.mark(Mark.OWNER_STARTED_FROM_A_SNAPSHOT, snapshot.isPresent() ? 1 : 0);
    journal.subList((int) log.sequenceNumber(), journal.size()).forEach(log::apply);
    return log;
  }

  /**
   * Stores an event.
   *
   * @return false if another owner has stored one with its number
   */
  boolean store(long sequenceNumber, PartitionEvent event) {
    if (journal.size() != sequenceNumber) {
      return false;
    }
    journal.add(event);
    return true;
  }

  /** Returns whether an event has this number. */
  boolean hasEventAfter(long sequenceNumber) {
    return journal.size() > sequenceNumber;
  }

  /** Adds a write of a crashed owner that the database may still execute. */
  void storeLater(long sequenceNumber, PartitionEvent event) {
    lateWrites.add(new LateWrite(sequenceNumber, event));
  }

  /** Executes the writes of crashed owners. */
  void executeLateWrites() {
    lateWrites.forEach(
        late ->
            recorder.mark(
                Mark.WRITE_AFTER_A_CRASH, store(late.sequenceNumber, late.event) ? 1 : 0));
    lateWrites.clear();
  }

  void takeSnapshot() {
    snapshot = current().snapshot().or(() -> snapshot);
  }

  /** Returns whether an event with the transaction is durable. */
  boolean hasCommitted(String transaction) {
    return committed().stream().anyMatch(one -> one.key().equals(transaction));
  }

  /** Returns the durable transactions, by their offsets. */
  List<LogMessage> committed() {
    List<LogMessage> all = new ArrayList<>();
    for (PartitionEvent event : journal) {
      if (event instanceof BatchAppended batch) {
        all.addAll(batch.messages());
      }
    }
    return all;
  }

  /**
   * Returns the phase that the loss of a batch affects. The batch may be a copy of a stored one.
   */
  Phase phaseOf(PublishBatch batch) {
    if (journal.stream()
        .anyMatch(
            event ->
                event instanceof BatchAppended stored
                    && stored.publisher().equals(batch.publisher())
                    && stored.batchNumber() >= batch.number())) {
      return Phase.AFTER_WRITE;
    }
    return current().phase() == Phase.RECOVERING ? Phase.RECOVERING : Phase.BEFORE_WRITE;
  }

  boolean isIdle() {
    return lateWrites.isEmpty() && owners.size() == 1 && current().isIdle();
  }
}
