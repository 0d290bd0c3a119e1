package org.perille.internal.outbox;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.perille.OutboxStatus;
import org.perille.PublishRefusedException.Reason;
import org.perille.internal.log.LogMessage;

/**
 * The short transactions of a relay. Each excludes those of other relays and of operators, and none
 * blocks a transaction that publishes.
 *
 * <p>A failure means that the outcome is unknown, unless it is a {@link FencedException}. The relay
 * then claims the outbox again, which reads what is stored.
 *
 * <p><b>Threading</b>: used by one thread of a node. All calls block.
 */
public interface RelayTable {
  /**
   * The right of one relay, until the next one claims the outbox.
   *
   * @param epoch larger than that of every earlier claim
   * @param lastBatch the highest number of a batch so far
   * @param before the epoch that was stored before; 0 if the outbox is new
   */
  record Claim(long epoch, long lastBatch, long before) {}

  /**
   * A batch whose publication may have begun.
   *
   * @param ids the rows, in their order; the index of a message is the position here
   * @param rows the rows that exist, in the same order
   */
  record RecordedBatch(long number, List<Long> ids, List<OutboxRow> rows) {}

  /**
   * Rows that are visible.
   *
   * @param rows the rows, in the order of their ids
   * @param behind those that are behind a parked row of their keys
   * @param operations a number that changes when an operator redrives or discards
   */
  record Page(List<OutboxRow> rows, Set<Long> behind, long operations) {}

  /** A row with a message that was converted. */
  record Converted(long id, LogMessage message) {}

  /**
   * A row that leaves the queue, because it failed or is behind one that did.
   *
   * @param failure the failure; empty if it is behind one
   */
  record Parked(OutboxRow row, Optional<Failure> failure) {}

  /** A failure that makes a row a dead letter. */
  record Failure(Reason reason, String error) {}

  /**
   * A step of a relay: one transaction.
   *
   * @param finished the batches whose messages all have receipts, with their rows
   * @param parked rows that leave the queue
   * @param converted messages of rows in the next batch
   * @param batch the rows of the next batch; none if there is no next one
   */
  record Step(
      List<RecordedBatch> finished,
      List<Parked> parked,
      List<Converted> converted,
      List<OutboxRow> batch) {
    /** Returns a step that only deletes. */
    static Step finishing(List<RecordedBatch> finished) {
      return new Step(finished, List.of(), List.of(), List.of());
    }

    boolean isEmpty() {
      return finished.isEmpty() && parked.isEmpty() && batch.isEmpty();
    }
  }

  /** The loss of a claim: a later one exists, or the database was set back. */
  final class FencedException extends Exception {
    private static final long serialVersionUID = 1L;

    public FencedException(String message) {
      super(message);
    }
  }

  /**
   * Claims the outbox for a relay, which fences every earlier one.
   *
   * @param node the address of the node
   * @param leastEpoch the epoch is at least this one
   * @param forget makes the recorded batches free rows again, which get other numbers
   */
  Claim claim(String node, long leastEpoch, boolean forget) throws SQLException;

  /** Reads the recorded batches, in their order. */
  List<RecordedBatch> recorded() throws SQLException;

  /**
   * Reads the first visible rows that are in no batch, in the order of their ids.
   *
   * @param excluded the rows of recorded batches
   * @param topics the topics of the rows
   */
  Page read(Set<Long> excluded, Set<String> topics, int maxRows, long maxBytes) throws SQLException;

  /**
   * Executes a step. When it returns, the step, and all that was committed before, is on the disk.
   *
   * @param lastBatch the number of the last batch that the relay knows
   * @return the number of the last batch now
   * @throws FencedException if the claim is not the latest; nothing has changed
   */
  long execute(long epoch, long lastBatch, Step step) throws SQLException, FencedException;

  /**
   * Moves rows back into the queue that are behind no dead letter any more.
   *
   * @return false if there may be more
   * @throws FencedException if the claim is not the latest; nothing has changed
   */
  boolean release(long epoch, long lastBatch) throws SQLException, FencedException;

  /** Returns the names of topics that have rows, but aren't among these; at most 10. */
  Set<String> otherTopics(Set<String> topics) throws SQLException;

  /** Returns the state of the outbox. */
  OutboxStatus status() throws SQLException;
}
