package org.perille.spi;

import com.typesafe.config.Config;
import java.util.Map;
import java.util.function.Function;

/**
 * A kind of database that Perille can store in. Found by {@link java.util.ServiceLoader}, chosen by
 * {@code perille.storage.profile}.
 */
public interface StorageProfile {
  /** The name that {@code perille.storage.profile} chooses it by. */
  String name();

  /** The configuration path of its Pekko journal plugin. */
  String journalPluginId();

  /**
   * The configuration path of its Pekko snapshot store plugin. The plugin deletes a persistence
   * id's snapshots before the latest one by itself, except for one of them; nobody asks it to.
   */
  String snapshotPluginId();

  /** The configuration path of its Pekko read journal plugin. */
  String readJournalPluginId();

  /**
   * What the database plugins must be told, computed from {@code perille.storage}. A configuration
   * that was resolved before its last settings were added needs it.
   *
   * @param config the whole resolved configuration
   * @return settings of the plugins, to be laid over the configuration
   */
  Config pluginSettings(Config config);

  /**
   * Makes sure that the database can be used, and creates or migrates its tables when {@code
   * perille.storage.schema} allows it. Blocks. Safe to run on several nodes at once.
   *
   * @param config the whole resolved configuration
   * @throws org.perille.StorageException if the database is unreachable, read-only, lacks its
   *     tables, or has those of a newer version
   */
  void prepare(Config config);

  /**
   * Makes sure that the database answers. Called every few seconds, by one thread; it may block for
   * some seconds. The default never fails.
   *
   * @param config the whole resolved configuration
   * @throws org.perille.StorageException if the database doesn't answer
   */
  default void ping(Config config) {}

  /**
   * Remembers how many partitions each topic has. Blocks. Safe to run on several nodes at once.
   *
   * @param partitions number of partitions by topic name
   * @throws org.perille.ConfigurationException if a topic is known with another number
   * @throws org.perille.StorageException if the database can't be used
   */
  void registerTopics(Config config, Map<String, Integer> partitions);

  /**
   * The nodes that use the database. By default a node is taken to be the only one. Doesn't block.
   */
  default NodeRegistry nodes(Config config) {
    return NodeRegistry.alone();
  }

  /**
   * Reads and changes the registry of subscriptions, in one transaction. Blocks. No other node uses
   * the registry meanwhile.
   *
   * @param work uses the registry, and not later; an exception that it throws rolls everything back
   * @return the result of the work
   * @throws org.perille.StorageException if the database can't be used
   */
  <R> R withSubscriptions(Config config, Function<SubscriptionRegistry, R> work);
}
