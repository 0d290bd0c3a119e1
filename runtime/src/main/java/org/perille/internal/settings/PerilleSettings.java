package org.perille.internal.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perille.Compression;
import org.perille.ConfigurationException;
import org.perille.internal.compression.Codecs;
import org.perille.internal.compression.CompressionSettings;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.log.CompressedBlock;
import org.perille.spi.StorageProfile;

/**
 * All settings under {@code perille}, read once and validated: each setting, and their relations.
 */
public record PerilleSettings(
    PublisherSettings publisher,
    PartitionSettings partition,
    WorkerSettings worker,
    CompressionSettings compression) {

  /** An upper bound of the bytes that reliable delivery, sharding and Artery add to a batch. */
  private static final long ENVELOPE_BYTES = 16 * 1024;

  /** The settings of compression that have the names of topics. */
  private static final String COMPRESSED_TOPICS = "compression.topics.";

  /** The settings of the database plugins, which validate them themselves. */
  private static final List<String> FOREIGN = List.of("journal", "snapshot", "read-journal");

  /**
   * Reads the settings.
   *
   * @param node the address of this node, human-readable
   * @throws ConfigurationException if a setting is unknown, out of range or contradicts another
   */
  public static PerilleSettings of(Config config, StorageProfile storage, String node) {
    try {
      refuseUnknown(config);
      Config perille = config.getConfig("perille");
      CompressionSettings compression = compression(perille.getConfig("compression"));
      PublisherSettings publisher = publisher(perille.getConfig("publisher"));
      PartitionSettings partition = partition(perille, storage, node);
      EffectSettings effects = effects(perille.getConfig("effect"), storage);
      WorkerSettings worker =
          worker(
              perille.getConfig("subscription"),
              effects,
              new Decompressor(compression.maxDecompressedBytes()),
              storage,
              node);
      requireFramesToHold(config, publisher, partition);
      requireReadable(publisher, compression);
      return new PerilleSettings(publisher, partition, worker, compression);
    } catch (ConfigException e) {
      throw new ConfigurationException("the configuration can't be used: " + e.getMessage(), e);
    }
  }

  private static void refuseUnknown(Config config) {
    Config reference = Reference.config();
    config
        .getConfig("perille")
        .entrySet()
        .forEach(
            entry -> {
              String path = "perille." + entry.getKey();
              if (!isForeign(entry.getKey()) && !reference.hasPathOrNull(path)) {
                throw new ConfigurationException(
                    "'%s' (%s) is not a setting of Perille: see its reference.conf for those that exist"
                        .formatted(path, entry.getValue().origin().description()));
              }
            });
  }

  private static boolean isForeign(String path) {
    if (path.startsWith(COMPRESSED_TOPICS)) {
      return true;
    }
    String[] parts = path.split("\\.", 4);
    return parts.length > 3 && parts[0].equals("storage") && FOREIGN.contains(parts[2]);
  }

  private static PublisherSettings publisher(Config config) {
    return new PublisherSettings(
        duration(config, "timeout", Duration.ofMillis(100), Duration.ofHours(1)),
        duration(config, "receipt-timeout", Duration.ofMillis(100), Duration.ofMinutes(5)),
        number(config, "buffer-messages", 1, 10_000_000),
        bytes(config, "buffer-bytes", 1024, Integer.MAX_VALUE),
        number(config, "batch-messages", 1, 10_000),
        (int) bytes(config, "batch-bytes", 1024, 64 << 20),
        (int) bytes(config, "max-message-bytes", 128, 64 << 20),
        number(config, "callback-threads", 1, 1000),
        duration(config, "max-delay", Duration.ofSeconds(1), Duration.ofDays(365)));
  }

  private static PartitionSettings partition(Config perille, StorageProfile storage, String node) {
    Config config = perille.getConfig("partition");
    Config feed = perille.getConfig("feed");
    return new PartitionSettings(
        new LogLimits(
                duration(config, "dedup-window", Duration.ofSeconds(1), Duration.ofDays(3650)),
                number(config, "dedup-max-ids", 1, 50_000_000))
            .withMaxKnownKeys(number(config, "condition-max-keys", 1, 50_000_000)),
        new FeedLimits(
            number(feed, "batch-messages", 1, 10_000),
            (int) bytes(feed, "batch-bytes", 1024, 64 << 20)),
        bytes(config, "tail-bytes", 1024, Integer.MAX_VALUE),
        duration(config, "tail-age", Duration.ofMillis(10), Duration.ofDays(1)),
        bytes(config, "snapshot-bytes", 1024, Integer.MAX_VALUE),
        number(config, "snapshot-events", 10, 1_000_000),
        duration(config, "fencing-check-interval", Duration.ofMillis(100), Duration.ofDays(1)),
        storage.journalPluginId(),
        storage.snapshotPluginId(),
        node);
  }

  private static EffectSettings effects(Config config, StorageProfile storage) {
    return new EffectSettings(
        number(config, "max-active-keys", 1, 10_000_000),
        duration(config, "passivate-after", Duration.ofSeconds(1), Duration.ofDays(1)),
        number(config, "snapshot-events", 1, 1_000_000),
        new EffectSettings.EffectLimits(
            (int) bytes(config, "max-effect-bytes", 1024, 64 << 20),
            (int) bytes(config, "max-reply-bytes", 1024, 64 << 20),
            (int) bytes(config, "max-state-bytes", 1024, 64 << 20)),
        storage.journalPluginId(),
        storage.snapshotPluginId());
  }

  private static WorkerSettings worker(
      Config config,
      EffectSettings effects,
      Decompressor decompressor,
      StorageProfile storage,
      String node) {
    return new WorkerSettings(
        number(config, "max-in-flight-messages", 1, 1_000_000),
        bytes(config, "max-in-flight-bytes", 1024, Integer.MAX_VALUE),
        number(config, "max-deferred-messages", 100, 100_000_000),
        number(config, "max-dead-letters", 1, 10_000_000),
        duration(config, "cursor-interval", Duration.ofMillis(1), Duration.ofMinutes(1)),
        duration(config, "stop-timeout", Duration.ofMillis(100), Duration.ofMinutes(10)),
        duration(config, "hanging-after", Duration.ofMillis(100), Duration.ofDays(1)),
        number(config, "window", 2, 1000),
        effects,
        decompressor,
        storage.journalPluginId(),
        storage.snapshotPluginId(),
        node);
  }

  private static CompressionSettings compression(Config config) {
    Map<String, Compression> topics = new HashMap<>();
    config
        .getObject("topics")
        .forEach((topic, type) -> topics.put(topic, compression("topics.\"" + topic + "\"", type)));
    return new CompressionSettings(
        compression("type", config.getValue("type")),
        topics,
        number(config, "zstd-level", 1, 19),
        (int) bytes(config, "max-decompressed-bytes", 1024, CompressedBlock.MAX_BYTES));
  }

  private static Compression compression(String path, ConfigValue value) {
    for (Compression type : Compression.values()) {
      if (Codecs.name(type).equals(value.unwrapped())) {
        return type;
      }
    }
    throw new ConfigurationException(
        "'perille.compression.%s' is %s (%s): use none, lz4 or zstd, and put the name of a topic that contains dots into quotes"
            .formatted(path, value.unwrapped(), value.origin().description()));
  }

  /** Checks that this node can read whatever it compresses. */
  private static void requireReadable(
      PublisherSettings publisher, CompressionSettings compression) {
    int largest = Math.max(publisher.batchBytes(), publisher.maxMessageBytes());
    if (compression.maxDecompressedBytes() < largest) {
      throw new ConfigurationException(
          "%s is %d, and a batch may have %d bytes (the larger of perille.publisher.batch-bytes and perille.publisher.max-message-bytes): raise the former"
              .formatted(Decompressor.LIMIT, compression.maxDecompressedBytes(), largest));
    }
  }

  /**
   * Checks that the largest batch fits into a frame. Artery drops a larger one with only a log
   * line, and the batch would be repeated without end.
   */
  private static void requireFramesToHold(
      Config config, PublisherSettings publisher, PartitionSettings partition) {
    long frame = config.getBytes("pekko.remote.artery.advanced.maximum-frame-size");
    long batch =
        Math.max(
            publisher.maxMessageBytes(),
            Math.max(publisher.batchBytes(), partition.feed().maxBytes()));
    if (batch + ENVELOPE_BYTES > frame) {
      throw new ConfigurationException(
          "a batch of %d bytes (the largest of perille.publisher.max-message-bytes, perille.publisher.batch-bytes and perille.feed.batch-bytes) and its envelope of %d don't fit into pekko.remote.artery.advanced.maximum-frame-size of %d: lower the former or raise the latter"
              .formatted(batch, ENVELOPE_BYTES, frame));
    }
  }

  private static Duration duration(Config config, String path, Duration least, Duration most) {
    Duration value = config.getDuration(path);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw outOfRange(config, path, least, most);
    }
    return value;
  }

  private static int number(Config config, String path, int least, int most) {
    int value = config.getInt(path);
    if (value < least || value > most) {
      throw outOfRange(config, path, least, most);
    }
    return value;
  }

  private static long bytes(Config config, String path, long least, long most) {
    long value = config.getBytes(path);
    if (value < least || value > most) {
      throw outOfRange(config, path, least, most);
    }
    return value;
  }

  private static ConfigurationException outOfRange(
      Config config, String path, Object least, Object most) {
    return new ConfigurationException(
        "'%s' is %s (%s): use %s to %s"
            .formatted(
                path,
                config.getValue(path).unwrapped(),
                config.getValue(path).origin().description(),
                least,
                most));
  }
}
