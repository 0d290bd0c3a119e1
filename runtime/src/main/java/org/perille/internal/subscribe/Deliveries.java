package org.perille.internal.subscribe;

import java.time.Instant;
import java.util.Optional;
import org.perille.Delivery;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.internal.wire.PayloadCodec;

/** Makes what a handler gets of what stands in the log. */
final class Deliveries<T> {
  private final String subscription;
  private final PartitionId partition;
  private final PayloadCodec<T> codec;

  Deliveries(String subscription, PartitionId partition, PayloadCodec<T> codec) {
    this.subscription = subscription;
    this.partition = partition;
    this.codec = codec;
  }

  /** Begins an attempt; throws if the payload can't be decoded, which fails the attempt. */
  Delivery<T> attempt(Work work) {
    work.beginAttempt();
    LogEntry entry = work.entry();
    LogMessage message = entry.message();
    T decoded;
    try {
      decoded = codec.decode(message);
    } catch (RuntimeException e) {
      throw new UndecodableException(
          "the payload of %s offset %d (serializer %d, manifest '%s', %d bytes) can't be decoded; bind a serializer that can in pekko.actor.serialization-bindings: %s"
              .formatted(
                  partition,
                  entry.offset(),
                  message.serializerId(),
                  message.manifest(),
                  message.payload().size(),
                  e.getMessage()),
          e);
    }
    return new Delivery<>(
        subscription,
        partition.topic(),
        partition.partition(),
        entry.offset(),
        message.key(),
        message.id().isEmpty() ? Optional.empty() : Optional.of(message.id()),
        message.headers(),
        Instant.ofEpochMilli(entry.timestampMillis()),
        work.attempts(),
        work.redelivered(),
        decoded);
  }

  /** A payload that the subscriber's serializers don't understand. */
  static final class UndecodableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UndecodableException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
