package org.perille.internal.log;

import java.util.ArrayList;
import java.util.List;
import org.perille.internal.PerilleSerializable;

/** An event of a partition in the journal. */
public sealed interface PartitionEvent extends PerilleSerializable {

  /**
   * A new epoch took over. A later write of a predecessor conflicts with the sequence number of
   * this event, and fails.
   */
  record Activated(long timestampMillis, String node) implements PartitionEvent {}

  /**
   * A batch was appended. Its new messages start at the first offset, without gaps.
   *
   * @param stale the indexes of messages that aren't stored, because their worker was replaced
   * @param unmet the messages that aren't stored because of their conditions, by index
   * @param timestampMillis milliseconds since the epoch; never less than that of the batch before
   * @param producers the reports of the workers whose messages are in the batch
   * @param clock the owner's reading of the elapsed time
   */
  record BatchAppended(
      long firstOffset,
      long timestampMillis,
      String publisher,
      long batchNumber,
      List<LogMessage> messages,
      List<Duplicate> duplicates,
      List<Integer> stale,
      List<ConditionResult> unmet,
      List<ProducerReport> producers,
      PartitionClock clock)
      implements PartitionEvent {

    /** Creates the event of a batch without unmet conditions. */
    public BatchAppended(
        long firstOffset,
        long timestampMillis,
        String publisher,
        long batchNumber,
        List<LogMessage> messages,
        List<Duplicate> duplicates,
        List<Integer> stale,
        List<ProducerReport> producers,
        PartitionClock clock) {
      this(
          firstOffset,
          timestampMillis,
          publisher,
          batchNumber,
          messages,
          duplicates,
          stale,
          List.of(),
          producers,
          clock);
    }

    /** Returns the offset after the last message. */
    public long endOffset() {
      return firstOffset + messages.size();
    }

    /** Returns the approximate size of the messages as they are stored, in bytes. */
    public long sizeInBytes() {
      StoredSize size = new StoredSize();
      long bytes = 0;
      for (LogMessage message : messages) {
        bytes += size.add(message);
      }
      return bytes;
    }

    /** Returns the messages at their positions. */
    public List<LogEntry> entries() {
      List<LogEntry> entries = new ArrayList<>(messages.size());
      long offset = firstOffset;
      for (LogMessage message : messages) {
        entries.add(new LogEntry(offset++, timestampMillis, message));
      }
      return entries;
    }
  }

  /** The messages of transactions are stored. Only logs of transactions have such events. */
  record TransactionsFinished(List<StoredTransaction> transactions) implements PartitionEvent {
    public TransactionsFinished {
      transactions = List.copyOf(transactions);
    }
  }
}
