package org.perille.internal.log;

import java.util.ArrayList;
import java.util.List;

/** What a partition stores in the journal. */
public sealed interface PartitionEvent {

  /** A new incarnation took over; a predecessor's later write fails on this one's place. */
  record Activated(long timestampMillis, String node) implements PartitionEvent {}

  /**
   * A batch was appended; its new messages stand from the first offset on, without gaps.
   *
   * @param stale indexes of messages that are not, because their worker had been replaced
   * @param timestampMillis since the epoch; never less than that of the batch before
   * @param lanes what the workers reported whose messages are among these
   * @param clock what the owner knew of the time that has passed; new in an event of an earlier
   *     version
   */
  record BatchAppended(
      long firstOffset,
      long timestampMillis,
      String publisher,
      long batchNumber,
      List<LogMessage> messages,
      List<Duplicate> duplicates,
      List<Integer> stale,
      List<LaneReport> lanes,
      PartitionClock clock)
      implements PartitionEvent {

    /** The offset behind the last message. */
    public long endOffset() {
      return firstOffset + messages.size();
    }

    /** What the messages take, in bytes, roughly. */
    public long sizeInBytes() {
      long bytes = 0;
      for (LogMessage message : messages) {
        bytes += message.sizeInBytes();
      }
      return bytes;
    }

    /** The messages at their places. */
    public List<LogEntry> entries() {
      List<LogEntry> entries = new ArrayList<>(messages.size());
      long offset = firstOffset;
      for (LogMessage message : messages) {
        entries.add(new LogEntry(offset++, timestampMillis, message));
      }
      return entries;
    }
  }
}
