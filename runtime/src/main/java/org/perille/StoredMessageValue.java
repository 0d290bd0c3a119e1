package org.perille;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The components of {@link StoredMessage}. A public record could not get further ones. */
record StoredMessageValue<T>(
    String topic,
    int partition,
    long offset,
    String key,
    Optional<MessageId> messageId,
    Map<String, String> headers,
    Instant publishedAt,
    int serializerId,
    String manifest,
    ByteBuffer serialized,
    Content<T> content)
    implements StoredMessage<T> {
  /** The payload, or the reason why there is none. */
  sealed interface Content<T> {}

  /** A decoded payload. */
  record Decoded<T>(T payload) implements Content<T> {
    Decoded {
      Objects.requireNonNull(payload, "payload");
    }
  }

  /** The failure of decoding. */
  record Failed<T>(UndecodableException failure) implements Content<T> {
    Failed {
      Objects.requireNonNull(failure, "failure");
    }
  }

  StoredMessageValue {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(messageId, "messageId");
    headers = Map.copyOf(headers);
    Objects.requireNonNull(publishedAt, "publishedAt");
    Objects.requireNonNull(manifest, "manifest");
    Objects.requireNonNull(serialized, "serialized");
    Objects.requireNonNull(content, "content");
  }

  @Override
  public byte[] bytes() {
    byte[] bytes = new byte[serialized.remaining()];
    serialized.duplicate().get(bytes);
    return bytes;
  }

  @Override
  public boolean isDecodable() {
    return content instanceof Decoded;
  }

  @Override
  public T payload() {
    if (content instanceof Failed<T> failed) {
      throw failed.failure();
    }
    return ((Decoded<T>) content).payload();
  }

  /** Names the message. Its payload may be confidential. */
  @Override
  public String toString() {
    return "message %d of partition %d of topic '%s', key '%s'"
        .formatted(offset, partition, topic, key);
  }
}
