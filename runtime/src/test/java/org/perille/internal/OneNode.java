package org.perille.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.NotSerializableException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.awaitility.Awaitility;
import org.perille.PerilleMessage;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.QueryPartitionJournal;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.settings.EffectSettings;
import org.perille.internal.settings.FeedLimits;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.settings.PartitionSettings;
import org.perille.internal.settings.WorkerSettings;
import org.perille.internal.transaction.TransactionPartition;
import org.perille.internal.transaction.TransactionRelay;
import org.perille.internal.transaction.TransactionReports;

/**
 * The runtime without a cluster: an actor system with a journal in memory.
 *
 * <p>Tests start and crash partitions and workers in it.
 */
public final class OneNode implements AutoCloseable {

  static {
    // Awaitility's default is 100 ms before the first poll and between two.
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
  }

  /** A message of the tests. */
  public record Line(String key, int number) implements PerilleMessage {}

  private static final Duration NEVER = Duration.ofDays(1);

  private final ActorTestKit kit;
  private final PayloadCodec<Line> codec;
  private final AtomicInteger names = new AtomicInteger();

  public OneNode() {
    Config config =
        ConfigFactory.parseString("pekko.loglevel = WARNING")
            .withFallback(FencedJournal.config())
            .withFallback(ConfigFactory.load());
    kit = ActorTestKit.create("OneNode", config);
    codec = new PayloadCodec<>(kit.system(), Line.class);
  }

  public ActorTestKit kit() {
    return kit;
  }

  public PayloadCodec<Line> codec() {
    return codec;
  }

  /** Starts an actor under a unique name. */
  public <T> ActorRef<T> spawn(Behavior<T> behavior) {
    return kit.spawn(behavior, "actor-" + names.incrementAndGet());
  }

  /** Stops an actor like a crash: at once, whatever it has to do. */
  public void crash(ActorRef<?> actor) {
    kit.stop(actor, Duration.ofMinutes(3));
  }

  public QueryPartitionJournal readJournal() {
    return new QueryPartitionJournal(kit.system(), "pekko.persistence.testkit.query");
  }

  /** Returns the events that are durable under a persistence id. */
  public List<Object> stored(String persistenceId) {
    return PersistenceTestKit.create(kit.system()).persistedInStorage(persistenceId);
  }

  /** Returns a partition of a topic that isn't started. */
  public PartitionHarness partition(String topic) {
    return new PartitionHarness(this, new PartitionId(topic, 0), partitionSettings(100_000, NEVER));
  }

  /** Returns a partition that checks frequently whether it was replaced. */
  public PartitionHarness partitionThatChecksItsFencing(String topic) {
    return new PartitionHarness(
        this, new PartitionId(topic, 0), partitionSettings(100_000, Duration.ofMillis(20)));
  }

  /**
   * Returns a partition with a minimal tail, so that a subscriber that is behind reads the journal.
   */
  public PartitionHarness partitionWithTinyTail(String topic) {
    return new PartitionHarness(this, new PartitionId(topic, 0), partitionSettings(1, NEVER));
  }

  /** Returns a log of transactions that isn't started. */
  public PartitionHarness transactionLog(
      String topic, Clock clock, TransactionRelay.Target target, TransactionReports reports) {
    PartitionId id = new PartitionId(topic, 0);
    return new PartitionHarness(
        this,
        id,
        () ->
            TransactionPartition.create(
                id, partitionSettings(100_000, NEVER), readJournal(), clock, target, reports));
  }

  private static PartitionSettings partitionSettings(
      long tailBytes, Duration fencingCheckInterval) {
    return new PartitionSettings(
        new LogLimits(Duration.ofHours(1), 1000),
        new FeedLimits(7, 2000),
        tailBytes,
        Duration.ofHours(1),
        1_000_000,
        25,
        fencingCheckInterval,
        PersistenceTestKitPlugin.PluginId(),
        PersistenceTestKitSnapshotPlugin.PluginId(),
        "test");
  }

  /** Returns settings of a worker whose cursor becomes durable after this time. */
  public static WorkerSettings workerSettings(Duration cursorInterval) {
    return new WorkerSettings(
        50,
        100_000,
        1000,
        1000,
        cursorInterval,
        Duration.ofMinutes(1),
        Duration.ofMinutes(1),
        4,
        new EffectSettings(
            100,
            Duration.ofMinutes(1),
            5,
            new EffectSettings.EffectLimits(1 << 20, 1 << 20, 1 << 20),
            PersistenceTestKitPlugin.PluginId(),
            PersistenceTestKitSnapshotPlugin.PluginId()),
        new Decompressor(1 << 20),
        PersistenceTestKitPlugin.PluginId(),
        PersistenceTestKitSnapshotPlugin.PluginId(),
        "test");
  }

  /** Returns a message as a publisher creates it. */
  public LogMessage message(String key, int number) {
    return message(key, "", number);
  }

  public LogMessage message(String key, String id, int number) {
    try {
      PayloadCodec.Encoded encoded = codec.encode(new Line(key, number));
      return new LogMessage(
          key, id, Map.of(), encoded.serializerId(), encoded.manifest(), encoded.payload());
    } catch (NotSerializableException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }
}
