package org.perille.internal.feed;

import java.util.List;
import java.util.Optional;
import org.perille.internal.PerilleSerializable;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;

/**
 * A batch from a feed to a worker, by reliable delivery: messages in order, without gaps.
 *
 * @param sequenceNumber the sequence number of the journal event with the first message
 * @param mark the mark of the journal event with the last message; empty from a node of an earlier
 *     version
 */
public record FeedBatch(long sequenceNumber, List<LogEntry> entries, Optional<LogMark> mark)
    implements PerilleSerializable {
  public FeedBatch {
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("a feed batch has at least one message");
    }
  }

  /**
   * Returns the same batch with messages that can be read.
   *
   * @throws org.perille.ConfigurationException if this node can't decompress them
   */
  public FeedBatch decompressed(Decompressor decompressor) {
    return new FeedBatch(sequenceNumber, decompressor.decompress(entries), mark);
  }

  /** Returns the offset of the first message. */
  public long firstOffset() {
    return entries.get(0).offset();
  }

  /** Returns the offset after the last message. */
  public long endOffset() {
    return entries.get(entries.size() - 1).offset() + 1;
  }
}
