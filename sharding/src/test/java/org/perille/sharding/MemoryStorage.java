package org.perille.sharding;

import com.typesafe.config.Config;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.ConfigurationException;
import org.perille.StorageException;
import org.perille.spi.RegisteredSubscription;
import org.perille.spi.StorageProfile;
import org.perille.spi.SubscriptionRegistry;

/** Pekko's in-memory test journal: one for each actor system, with its lifetime. */
public final class MemoryStorage implements StorageProfile {
  private static final Map<String, Integer> TOPICS = new ConcurrentHashMap<>();
  private static volatile String failure = "";

  /** The subscriptions of this node alone, like its journal. */
  private final Map<String, RegisteredSubscription> subscriptions = new HashMap<>();

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String journalPluginId() {
    return PersistenceTestKitPlugin.PluginId();
  }

  @Override
  public String snapshotPluginId() {
    return PersistenceTestKitSnapshotPlugin.PluginId();
  }

  @Override
  public String readJournalPluginId() {
    return "pekko.persistence.testkit.query";
  }

  @Override
  public Config pluginSettings(Config config) {
    return PersistenceTestKitPlugin.getInstance()
        .config()
        .withFallback(PersistenceTestKitSnapshotPlugin.config());
  }

  /** Makes starts fail with this text; with an empty text they succeed again. */
  static void failWith(String text) {
    failure = text;
  }

  @Override
  public void prepare(Config config) {
    if (!failure.isEmpty()) {
      throw new StorageException(failure, new SQLException(failure));
    }
  }

  @Override
  public Set<String> withEvents(
      ActorSystem<?> system, Config config, Collection<String> persistenceIds) {
    CurrentEventsByPersistenceIdQuery journal =
        PersistenceQuery.get(system)
            .getReadJournalFor(CurrentEventsByPersistenceIdQuery.class, readJournalPluginId());
    return persistenceIds.stream()
        .filter(
            id ->
                journal
                    .currentEventsByPersistenceId(id, 1, Long.MAX_VALUE)
                    .runWith(Sink.headOption(), system)
                    .toCompletableFuture()
                    .join()
                    .isPresent())
        .collect(Collectors.toSet());
  }

  @Override
  public void registerTopics(Config config, Map<String, Integer> partitions) {
    partitions.forEach(
        (topic, count) -> {
          Integer known = TOPICS.putIfAbsent(topic, count);
          if (known != null && !known.equals(count)) {
            throw new ConfigurationException(
                "topic '%s' has %d partitions, not %d".formatted(topic, known, count));
          }
        });
  }

  @Override
  public synchronized <R> R withSubscriptions(
      Config config, Function<SubscriptionRegistry, R> work) {
    Map<String, RegisteredSubscription> changed = new HashMap<>(subscriptions);
    R result =
        work.apply(
            new SubscriptionRegistry() {
              @Override
              public Instant now() {
                return Instant.now();
              }

              @Override
              public List<RegisteredSubscription> subscriptions() {
                return List.copyOf(changed.values());
              }

              @Override
              public void store(RegisteredSubscription subscription) {
                changed.put(subscription.topic() + "/" + subscription.storedName(), subscription);
              }
            });
    subscriptions.clear();
    subscriptions.putAll(changed);
    return result;
  }
}
