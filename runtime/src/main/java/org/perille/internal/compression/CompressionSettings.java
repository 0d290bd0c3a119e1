package org.perille.internal.compression;

import java.util.Map;
import java.util.Optional;
import org.perille.Compression;
import org.perille.ConfigurationException;
import org.perille.Topic;

/**
 * The settings of compression.
 *
 * @param type the type for topics that specify none
 * @param topics the types of single topics, which replace those of their definitions
 * @param zstdLevel the level of Zstandard
 * @param maxDecompressedBytes the limit of the decompressed bytes of a block
 */
public record CompressionSettings(
    Compression type, Map<String, Compression> topics, int zstdLevel, int maxDecompressedBytes) {

  /** No compression. */
  public static final CompressionSettings NONE =
      new CompressionSettings(Compression.NONE, Map.of(), 3, 16 << 20);

  /** The settings of a topic. */
  public record OfTopic(String topic, Compression type, int zstdLevel, int maxDecompressedBytes) {}

  /** Returns the settings of a topic. */
  public OfTopic of(Topic<?> topic) {
    return new OfTopic(
        topic.name(),
        Optional.ofNullable(topics.get(topic.name())).or(topic::compression).orElse(type),
        zstdLevel,
        maxDecompressedBytes);
  }

  /** Returns the settings of a topic whose definition isn't known. */
  public OfTopic of(String topic) {
    return new OfTopic(
        topic,
        Optional.ofNullable(topics.get(topic)).orElse(type),
        zstdLevel,
        maxDecompressedBytes);
  }

  /**
   * Requires that a topic's batches can be compressed and decompressed in this process.
   *
   * @throws ConfigurationException if they can't
   */
  public void require(Topic<?> topic) {
    Codecs.require(of(topic).type(), topic.toString());
  }
}
