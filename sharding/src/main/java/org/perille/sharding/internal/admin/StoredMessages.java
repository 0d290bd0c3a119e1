package org.perille.sharding.internal.admin;

import java.time.Instant;
import org.perille.StoredMessage;
import org.perille.UndecodableException;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.internal.payload.PayloadCodec;

/** Shows entries of the log to applications. */
final class StoredMessages {
  private StoredMessages() {}

  /** Returns an entry with its payload, or with the reason why it can't be decoded. */
  static <T> StoredMessage<T> of(PartitionId partition, LogEntry entry, PayloadCodec<T> codec) {
    LogMessage message = entry.message();
    StoredMessage.Builder<T> stored =
        decoded(partition, entry, codec)
            .partition(partition.partition())
            .offset(entry.offset())
            .headers(message.headers())
            .publishedAt(Instant.ofEpochMilli(entry.timestampMillis()))
            .serialized(
                message.serializerId(), message.manifest(), message.payload().toByteArray());
    return message.messageId().map(stored::messageId).orElse(stored).build();
  }

  /**
   * Decodes the payload. One that can't be decoded is a frequent dead letter, of which only the
   * bytes can be shown.
   */
  private static <T> StoredMessage.Builder<T> decoded(
      PartitionId partition, LogEntry entry, PayloadCodec<T> codec) {
    String key = entry.message().key();
    try {
      return StoredMessage.builder(partition.topic(), key, codec.decode(entry.message()));
    } catch (RuntimeException e) {
      return StoredMessage.undecodable(
          partition.topic(),
          key,
          new UndecodableException(
              "the message at offset %d of %s %s"
                  .formatted(entry.offset(), partition, codec.explain(entry.message(), e)),
              e));
    }
  }
}
