package org.perille;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One attempt to hand one message to a subscription's handler.
 *
 * <p>Perille creates deliveries; {@link #builder} creates some for tests of handlers.
 *
 * <p><b>Threading</b>: immutable, as far as the payload is.
 *
 * @param <T> the type of the payload
 */
public sealed interface Delivery<T> permits DeliveryValue {
  /**
   * Returns the subscription's name; if it was renamed, its first one, so that delivery ids stay
   * the same.
   */
  String subscription();

  /** Returns the topic's name. */
  String topic();

  /** Returns the partition, from 0. */
  int partition();

  /** Returns the message's position in its partition, from 0. */
  long offset();

  /** Returns the message's key. */
  String key();

  /**
   * Returns the publisher's id of the message, or the one derived from the message that it was
   * published for, if it has one.
   */
  Optional<MessageId> messageId();

  /** Returns the publisher's headers, immutable. */
  Map<String, String> headers();

  /** Returns the time when the message became durable, by the partition's clock. */
  Instant publishedAt();

  /**
   * Returns the number of this attempt: 1, 2, 3, …
   *
   * <p>The count is durable: it continues after a crash, and when a dead letter is redriven. Only
   * attempts that were in flight when a worker stopped for the first time aren't counted.
   */
  int attempt();

  /**
   * Returns true if there may have been an earlier attempt. False guarantees that there was none,
   * not even before a crash.
   */
  boolean redelivered();

  /** Returns the message's payload, never null. */
  T payload();

  /**
   * Returns a name for this message and subscription that is the same for every attempt.
   *
   * <p>Pass it to external systems as the idempotency key.
   */
  default String deliveryId() {
    return subscription() + "/" + topic() + "/" + partition() + "/" + offset();
  }

  /** Starts another delivery with the same properties. */
  default Builder<T> toBuilder() {
    Builder<T> same =
        builder(payload())
            .subscription(subscription())
            .topic(topic())
            .partition(partition())
            .offset(offset())
            .key(key())
            .headers(headers())
            .publishedAt(publishedAt())
            .attempt(attempt())
            .redelivered(redelivered());
    return messageId().map(same::messageId).orElse(same);
  }

  /**
   * Starts a delivery, for tests of handlers.
   *
   * <p>Defaults: the subscription {@code subscription}, the topic {@code topic}, the key {@code
   * key}, partition 0, offset 0, no id, no headers, published at the epoch, the first attempt, and
   * not redelivered.
   */
  static <T> Builder<T> builder(T payload) {
    return new Builder<>(payload);
  }

  /**
   * Builds a delivery.
   *
   * <p><b>Threading</b>: for use by one thread.
   */
  final class Builder<T> {
    private String subscription = "subscription";
    private String topic = "topic";
    private int partition;
    private long offset;
    private String key = "key";
    private Optional<MessageId> messageId = Optional.empty();
    private Map<String, String> headers = Map.of();
    private Instant publishedAt = Instant.EPOCH;
    private int attempt = 1;
    private boolean redelivered;
    private final T payload;

    private Builder(T payload) {
      this.payload = payload;
    }

    /** Sets the subscription's name. */
    public Builder<T> subscription(String subscription) {
      this.subscription = subscription;
      return this;
    }

    /** Sets the topic's name. */
    public Builder<T> topic(String topic) {
      this.topic = topic;
      return this;
    }

    /** Sets the partition, from 0. */
    public Builder<T> partition(int partition) {
      this.partition = partition;
      return this;
    }

    /** Sets the message's position in its partition, from 0. */
    public Builder<T> offset(long offset) {
      this.offset = offset;
      return this;
    }

    /** Sets the message's key. */
    public Builder<T> key(String key) {
      this.key = key;
      return this;
    }

    /** Sets the id of the message. */
    public Builder<T> messageId(MessageId messageId) {
      this.messageId = Optional.of(messageId);
      return this;
    }

    /** Sets the publisher's headers, immutable. */
    public Builder<T> headers(Map<String, String> headers) {
      this.headers = headers;
      return this;
    }

    /** Sets the time when the message became durable, by the partition's clock. */
    public Builder<T> publishedAt(Instant publishedAt) {
      this.publishedAt = publishedAt;
      return this;
    }

    /** Sets the number of the attempt, from 1. */
    public Builder<T> attempt(int attempt) {
      this.attempt = attempt;
      return this;
    }

    /** Sets whether there may have been an earlier attempt. */
    public Builder<T> redelivered(boolean redelivered) {
      this.redelivered = redelivered;
      return this;
    }

    /**
     * Returns the result.
     *
     * @throws NullPointerException if a property is null
     */
    public Delivery<T> build() {
      return new DeliveryValue<>(
          subscription,
          topic,
          partition,
          offset,
          key,
          messageId,
          headers,
          publishedAt,
          attempt,
          redelivered,
          payload);
    }
  }
}
