package org.perille;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A message as its topic stores it.
 *
 * <p>Perille creates stored messages; {@link #builder} creates some for tests.
 *
 * <p><b>Threading</b>: immutable, as far as the payload is.
 *
 * @param <T> the type of the payload
 */
public sealed interface StoredMessage<T> permits StoredMessageValue {
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

  /** Returns the id of the Pekko serializer of the payload; 770769 if a codec wrote it. */
  int serializerId();

  /**
   * Returns the serializer's information about the payload's type; the name and version of the
   * codec, such as {@code json#1}, if a codec wrote it.
   */
  String manifest();

  /** Returns a copy of the serialized payload. */
  byte[] bytes();

  /** Returns whether this node can decode the payload. */
  boolean isDecodable();

  /**
   * Returns the message's payload, never null.
   *
   * @throws UndecodableException if this node can't decode it
   */
  T payload();

  /**
   * Starts a stored message, for tests.
   *
   * <p>Defaults: partition 0, offset 0, no id, no headers, published at the epoch, and a serialized
   * form without bytes.
   */
  static <T> Builder<T> builder(String topic, String key, T payload) {
    return new Builder<>(topic, key, new StoredMessageValue.Decoded<>(payload));
  }

  /** Starts a stored message that this node can't decode. {@link #payload} throws the failure. */
  static <T> Builder<T> undecodable(String topic, String key, UndecodableException failure) {
    return new Builder<>(topic, key, new StoredMessageValue.Failed<>(failure));
  }

  /**
   * Builds a stored message.
   *
   * <p><b>Threading</b>: for use by one thread.
   */
  final class Builder<T> {
    private final String topic;
    private int partition;
    private long offset;
    private final String key;
    private Optional<MessageId> messageId = Optional.empty();
    private Map<String, String> headers = Map.of();
    private Instant publishedAt = Instant.EPOCH;
    private int serializerId;
    private String manifest = "";
    private ByteBuffer serialized = ByteBuffer.allocate(0);
    private final StoredMessageValue.Content<T> content;

    private Builder(String topic, String key, StoredMessageValue.Content<T> content) {
      this.topic = topic;
      this.key = key;
      this.content = content;
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

    /**
     * Sets the serialized payload.
     *
     * @param serializer the id of the Pekko serializer
     * @param type the serializer's information about the payload's type
     */
    public Builder<T> serialized(int serializer, String type, byte[] form) {
      serializerId = serializer;
      manifest = type;
      serialized = ByteBuffer.wrap(form.clone()).asReadOnlyBuffer();
      return this;
    }

    /**
     * Returns the result.
     *
     * @throws NullPointerException if a property is null
     */
    public StoredMessage<T> build() {
      return new StoredMessageValue<>(
          topic,
          partition,
          offset,
          key,
          messageId,
          headers,
          publishedAt,
          serializerId,
          manifest,
          serialized,
          content);
    }
  }
}
