package org.perille.internal.payload;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.Codec;
import org.perille.Topic;

/**
 * The codecs of a topic: the one that writes, and those that only read.
 *
 * <p>A message that a codec wrote has {@link #SERIALIZER_ID}, and the codec's name and version as
 * its manifest.
 *
 * @param topic the topic, human-readable
 * @param writing the codec that writes; empty if Pekko's serializers do
 * @param reading all codecs, by name
 */
record TopicCodecs<T>(
    String topic, Optional<Codec<T>> writing, Map<String, Codec<? extends T>> reading) {
  /** The identifier of no Pekko serializer, which stands for codecs. It is stored. */
  static final int SERIALIZER_ID = 770_769;

  /** Separates name and version. Names don't contain it. */
  private static final char SEPARATOR = '#';

  /** The codec of a stored message. */
  private record Stored(String name, int version) {
    static Stored of(String manifest) {
      int separator = manifest.lastIndexOf(SEPARATOR);
      try {
        return new Stored(
            manifest.substring(0, separator), Integer.parseInt(manifest.substring(separator + 1)));
      } catch (IndexOutOfBoundsException | NumberFormatException e) {
        throw new IllegalArgumentException(
            "its manifest '%s' names no codec and no version".formatted(manifest), e);
      }
    }

    @Override
    public String toString() {
      return "codec '%s' version %d".formatted(name, version);
    }
  }

  /** Returns no codecs. */
  static <T> TopicCodecs<T> none() {
    return new TopicCodecs<>("these values", Optional.empty(), Map.of());
  }

  /** Returns the codecs of a topic. */
  static <T> TopicCodecs<T> of(Topic<T> topic) {
    Map<String, Codec<? extends T>> reading = new HashMap<>();
    topic.codec().ifPresent(codec -> reading.put(codec.name(), codec));
    topic.earlierCodecs().forEach(codec -> reading.put(codec.name(), codec));
    return new TopicCodecs<>(topic.toString(), topic.codec(), reading);
  }

  static boolean isBy(PayloadCodec.Encoded encoded) {
    return encoded.serializerId() == SERIALIZER_ID;
  }

  /** Serializes a message by the codec that writes. Throws what the codec throws. */
  PayloadCodec.Encoded encode(Codec<T> codec, T message) throws Exception {
    if (!codec.type().isInstance(message)) {
      throw new IllegalArgumentException(
          "%s is for messages of %s".formatted(codec, codec.type().getName()));
    }
    byte[] bytes = codec.encode(message);
    if (bytes == null) {
      throw new IllegalArgumentException(codec + " returned null instead of bytes");
    }
    // The application may change its array later.
    return new PayloadCodec.Encoded(
        SERIALIZER_ID, codec.name() + SEPARATOR + codec.version(), ByteString.copyFrom(bytes));
  }

  /**
   * Deserializes a message by the codec that wrote it. Throws what the codec throws.
   *
   * @throws IllegalArgumentException if the topic has no such codec, or an older one
   */
  T decode(PayloadCodec.Encoded encoded) throws Exception {
    Stored stored = Stored.of(encoded.manifest());
    Codec<? extends T> codec = reading.get(stored.name);
    if (codec == null) {
      throw new IllegalArgumentException(
          "%s was stored by %s, which is none of its codecs (%s): define it with this codec, or add it with Topic.alsoReading"
              .formatted(topic, stored, configured()));
    }
    if (stored.version < 1 || stored.version > codec.newestReadable()) {
      throw new IllegalArgumentException(
          "it was stored by %s, and this node's codec '%s' reads versions 1 to %d: start this node with the newer version of the application"
              .formatted(stored, codec.name(), codec.newestReadable()));
    }
    T message = codec.decode(encoded.payload().toByteArray(), stored.version);
    if (!codec.type().isInstance(message)) {
      throw new IllegalArgumentException(
          "%s returned %s instead of a message of %s"
              .formatted(
                  codec,
                  message == null ? "null" : "a value of " + message.getClass().getName(),
                  codec.type().getName()));
    }
    return message;
  }

  /** Returns the codecs, human-readable. */
  String configured() {
    if (reading.isEmpty()) {
      return "no codec";
    }
    List<String> all = new ArrayList<>();
    writing.ifPresent(codec -> all.add(codec.toString()));
    reading.values().stream()
        .filter(codec -> writing.map(one -> one != codec).orElse(true))
        .map(Codec::toString)
        .sorted()
        .forEach(all::add);
    return String.join(", ", all);
  }
}
