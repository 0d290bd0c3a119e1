package org.perille.spi;

import com.typesafe.config.Config;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.ConfigurationException;

/**
 * A kind of database for Perille's storage.
 *
 * <p>Found by {@link java.util.ServiceLoader}, selected by {@code perille.storage.profile}.
 */
public interface StorageProfile {
  /** Returns the name by which {@code perille.storage.profile} selects it. */
  String name();

  /**
   * Returns the storage and its place, for log lines, without a password. Default: its name.
   *
   * @param config the whole resolved configuration
   */
  default String describe(Config config) {
    return name();
  }

  /** Returns the configuration path of its Pekko journal plugin. */
  String journalPluginId();

  /**
   * Returns the configuration path of its Pekko snapshot store plugin.
   *
   * <p>The plugin itself deletes a persistence id's snapshots before the latest one, except one of
   * them. No actor requests deletions.
   */
  String snapshotPluginId();

  /** Returns the configuration path of its Pekko read journal plugin. */
  String readJournalPluginId();

  /**
   * Returns the settings of the database plugins, computed from {@code perille.storage}.
   *
   * <p>They are needed by a configuration that was resolved before its last settings were added.
   *
   * @param config the whole resolved configuration
   * @return settings of the plugins, to override those of the configuration
   */
  Config pluginSettings(Config config);

  /**
   * Returns the configuration with which this storage uses connections of the application, without
   * using any. Default: refuses.
   *
   * <p>The configuration refers to the pool. It is valid in this process only, as long as the
   * caller holds the pool.
   *
   * @param config the whole resolved configuration
   * @param pool the application's
   * @throws org.perille.ConfigurationException if this storage can't use it
   */
  default Config withDataSource(Config config, DataSource pool) {
    throw new ConfigurationException(
        "the storage '%s' can't use the application's DataSource: remove withDataSource, or choose another perille.storage.profile"
            .formatted(name()));
  }

  /**
   * Ensures that the database can be used. Blocks.
   *
   * <p>Creates or migrates its tables if {@code perille.storage.schema} allows it. Safe to run on
   * several nodes at once.
   *
   * @param config the whole resolved configuration
   * @throws org.perille.StorageException if the database is unreachable, read-only, lacks its
   *     tables, or has those of a newer version
   */
  void prepare(Config config);

  /**
   * Checks that the database answers. Default: never fails.
   *
   * <p>Called every few seconds, by one thread. May block for some seconds.
   *
   * @param config the whole resolved configuration
   * @return the time of the database's clock, if that may be another one than this machine's
   * @throws org.perille.StorageException if the database doesn't answer
   */
  default Optional<Instant> ping(Config config) {
    return Optional.empty();
  }

  /**
   * Returns those of some persistence ids whose journal has ever had an event. Blocks.
   *
   * @param system the running actor system, which uses the journal plugin
   * @param config the whole resolved configuration
   * @throws org.perille.StorageException if the database can't be used
   */
  Set<String> withEvents(ActorSystem<?> system, Config config, Collection<String> persistenceIds);

  /**
   * Stores the number of partitions of each topic. Blocks. Safe to run on several nodes at once.
   *
   * @param partitions number of partitions by topic name
   * @throws org.perille.ConfigurationException if a topic is stored with another number
   * @throws org.perille.StorageException if the database can't be used
   */
  void registerTopics(Config config, Map<String, Integer> partitions);

  /**
   * Returns the names of all topics that were ever registered. Blocks. Default: none.
   *
   * @throws org.perille.StorageException if the database can't be used
   */
  default Set<String> topics(Config config) {
    return Set.of();
  }

  /**
   * Returns whether several processes can use the database at once, so that their nodes find each
   * other in it. Default: false.
   */
  default boolean isShared() {
    return false;
  }

  /**
   * Returns the IPv4 address of this machine on the network that leads to the database, if it is
   * known. Blocks. Default: empty.
   *
   * @param config the whole resolved configuration
   * @throws org.perille.StorageException if the database doesn't answer
   */
  default Optional<String> localAddress(Config config) {
    return Optional.empty();
  }

  /** Returns the nodes that use the database, without blocking. Default: only this node. */
  default NodeRegistry nodes(Config config) {
    return NodeRegistry.alone();
  }

  /** Returns the leases of the database, without blocking. Default: it has none. */
  default Optional<LeaseTable> leases(Config config) {
    return Optional.empty();
  }

  /**
   * Reads and changes the registry of subscriptions, in one transaction. Blocks. No other node can
   * use the registry meanwhile.
   *
   * @param work uses the registry during the call only; an exception that it throws rolls
   *     everything back
   * @return the result of the work
   * @throws org.perille.StorageException if the database can't be used
   */
  <R> R withSubscriptions(Config config, Function<SubscriptionRegistry, R> work);
}
