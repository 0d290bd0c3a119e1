package org.perille.internal.handler;

import java.time.Instant;
import org.perille.Delivery;
import org.perille.UndecodableException;
import org.perille.internal.failure.ExpiredException;
import org.perille.internal.failure.InterruptedTooOftenException;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.internal.payload.PayloadCodec;

/** Converts log entries to the deliveries that handlers receive. */
public final class Deliveries<T> {
  private final String subscription;
  private final PartitionId partition;
  private final PayloadCodec<T> codec;
  private final WorkerTime time;

  public Deliveries(
      String subscription, PartitionId partition, PayloadCodec<T> codec, WorkerTime time) {
    this.subscription = subscription;
    this.partition = partition;
    this.codec = codec;
    this.time = time;
  }

  /**
   * Begins an attempt and returns its delivery.
   *
   * @throws Invocation.AbandonedException if the invocation was abandoned
   * @throws ExpiredException if the message has expired
   * @throws InterruptedTooOftenException if the message has no attempt left
   * @throws UndecodableException if the payload can't be decoded
   */
  Delivery<T> attempt(PendingDelivery pending, Invocation invocation) {
    invocation.requireNotAbandoned();
    Delivery<T> delivery = prepare(pending);
    begin(pending, invocation);
    return delivery;
  }

  /** Starts the clock of an invocation. */
  void begin(PendingDelivery pending, Invocation invocation) {
    invocation.begin(pending, time.nanoClock().getAsLong());
  }

  /** Returns the delivery for a handler that is called later. Throws as {@link #attempt}. */
  Delivery<T> prepare(PendingDelivery pending) {
    LogEntry entry = pending.entry();
    LogMessage message = entry.message();
    requireWorthTrying(pending, message);
    T decoded = decode(entry, message);
    Delivery<T> delivery =
        delivery(message, decoded)
            .subscription(subscription)
            .topic(partition.topic())
            .partition(partition.partition())
            .offset(entry.offset())
            .key(message.key())
            .headers(message.headers())
            .publishedAt(Instant.ofEpochMilli(entry.timestampMillis()))
            .attempt(pending.attempt())
            .redelivered(pending.redelivered())
            .build();
    pending.enter();
    return delivery;
  }

  private static <T> Delivery.Builder<T> delivery(LogMessage message, T payload) {
    Delivery.Builder<T> delivery = Delivery.builder(payload);
    return message.messageId().map(delivery::messageId).orElse(delivery);
  }

  @Override
  public String toString() {
    return "subscription '%s' of %s".formatted(subscription, partition);
  }

  private void requireWorthTrying(PendingDelivery pending, LogMessage message) {
    if (pending.past().exhausted()) {
      throw new InterruptedTooOftenException();
    }
    if (!pending.past().redriven() && message.times().isExpiredAt(time.clock().millis())) {
      throw new ExpiredException(
          "the message has expired: it was not to be handled after "
              + Instant.ofEpochMilli(message.times().notAfter()));
    }
  }

  private T decode(LogEntry entry, LogMessage message) {
    try {
      return codec.decode(message);
    } catch (RuntimeException e) {
      throw undecodable(entry, message, e);
    }
  }

  private UndecodableException undecodable(
      LogEntry entry, LogMessage message, RuntimeException cause) {
    if (message.unreadable().isPresent()) {
      return new UndecodableException(
          "the message at offset %d of %s can't be read: %s"
              .formatted(entry.offset(), partition, message.unreadable().get()),
          cause);
    }
    return new UndecodableException(
        "the payload of %s offset %d %s"
            .formatted(partition, entry.offset(), codec.explain(message, cause)),
        cause);
  }
}
