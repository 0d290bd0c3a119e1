package org.perille.persistence.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.ConfigurationException;
import org.perille.StorageException;
import org.perille.spi.LeaseTable;
import org.perille.spi.NodeRegistry;
import org.perille.spi.StorageProfile;
import org.perille.spi.SubscriptionRegistry;

/**
 * The common part of the storages in H2 and PostgreSQL.
 *
 * <p>Each call opens a connection of its own, and closes it. Calls are rare: at the start, when
 * nodes or their subscriptions change, and to check that the database answers.
 */
abstract class JdbcStorage implements StorageProfile {
  private static final int PING_SECONDS = 5;
  private static final int IDS_OF_A_STATEMENT = 1_000;

  /** Serializes the nodes of one process. An embedded database has no lock for this. */
  private static final Object ONE_AT_A_TIME = new Object();

  private final Dialect dialect;

  JdbcStorage(Dialect dialect) {
    this.dialect = dialect;
  }

  /** Returns the address of the database, without a password. */
  abstract String url(Config storage);

  /** Opens a connection that answers, or fails, within seconds. */
  abstract Connection connect(Config storage) throws SQLException;

  /**
   * Checks that the database's commits are durable.
   *
   * @throws StorageException if they aren't, and the configuration doesn't allow that
   */
  abstract void requireDurable(Connection connection, Config storage) throws SQLException;

  /** Returns the remedy for a database that can't be used. */
  abstract String remedy(Config storage, SQLException cause);

  @Override
  public final String name() {
    return dialect.directory();
  }

  @Override
  public final String describe(Config config) {
    return name() + " at " + url(storage(config));
  }

  @Override
  public final String journalPluginId() {
    return "perille.storage." + name() + ".journal";
  }

  @Override
  public final String snapshotPluginId() {
    return "perille.storage." + name() + ".snapshot";
  }

  @Override
  public final String readJournalPluginId() {
    return "perille.storage." + name() + ".read-journal";
  }

  /**
   * Returns the pool's settings, by their paths below the shared database.
   *
   * @param storage the settings of this storage
   * @param config all settings
   * @throws ConfigurationException if one is out of range or contradicts another
   */
  abstract Map<String, Object> pool(Config storage, Config config);

  @Override
  public final Config pluginSettings(Config config) {
    Map<String, Object> settings = new HashMap<>();
    try {
      pool(storage(config), config)
          .forEach(
              (path, value) ->
                  settings.put(
                      "pekko-persistence-jdbc.shared-databases.perille-" + name() + ".db." + path,
                      value));
    } catch (ConfigException e) {
      throw new ConfigurationException("the configuration can't be used: " + e.getMessage(), e);
    }
    return ConfigFactory.parseMap(settings);
  }

  /** Returns the size of the pool, up to a limit. */
  static Map<String, Object> connections(Config storage, int max) {
    int connections = storage.getInt("connections");
    if (connections < 1 || connections > max) {
      throw new ConfigurationException(
          "'connections' is %d (%s): use 1 to %d"
              .formatted(connections, storage.getValue("connections").origin().description(), max));
    }
    return Map.of(
        "numThreads", connections, "maxConnections", connections, "minConnections", connections);
  }

  /**
   * Checks connections that the application lends, if it does.
   *
   * @throws ConfigurationException if this storage can't use them
   */
  void checkConnections(Config storage) throws SQLException {}

  @Override
  public final void prepare(Config config) {
    boolean mayChange = SchemaMode.of(config).mayChange();
    Config storage = storage(config);
    try {
      checkConnections(storage);
    } catch (SQLException e) {
      throw unusable(storage, e);
    }
    run(
        config,
        connection -> {
          requireDurable(connection, storage(config));
          new Schema(dialect, url(storage(config))).prepare(connection, mayChange);
        });
  }

  @Override
  public final Optional<Instant> ping(Config config) {
    AtomicReference<Optional<Instant>> time = new AtomicReference<>();
    run(
        config,
        connection -> {
          if (!connection.isValid(PING_SECONDS)) {
            throw new SQLException("it has not answered within " + PING_SECONDS + " s");
          }
          time.set(dialect.time(connection));
        });
    return time.get();
  }

  @Override
  public final Set<String> withEvents(
      ActorSystem<?> system, Config config, Collection<String> persistenceIds) {
    List<String> ids = List.copyOf(persistenceIds);
    Set<String> found = new HashSet<>();
    run(
        config,
        connection -> {
          for (int from = 0; from < ids.size(); from += IDS_OF_A_STATEMENT) {
            List<String> asked = ids.subList(from, Math.min(ids.size(), from + IDS_OF_A_STATEMENT));
            List<Long> highest = RecoveryReads.highest(connection, asked);
            for (int i = 0; i < asked.size(); i++) {
              if (highest.get(i) > 0) {
                found.add(asked.get(i));
              }
            }
          }
        });
    return found;
  }

  @Override
  public final void registerTopics(Config config, Map<String, Integer> partitions) {
    run(
        config,
        connection -> {
          connection.setAutoCommit(false);
          // In the order of their names, so that two nodes don't wait for each other.
          for (Map.Entry<String, Integer> topic : new TreeMap<>(partitions).entrySet()) {
            register(connection, topic.getKey(), topic.getValue());
          }
          connection.commit();
        });
  }

  @Override
  public final Set<String> topics(Config config) {
    Set<String> topics = new HashSet<>();
    run(
        config,
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery("SELECT name FROM perille_topic")) {
            while (row.next()) {
              topics.add(row.getString(1));
            }
          }
        });
    return topics;
  }

  @Override
  public final boolean isShared() {
    return dialect == Dialect.POSTGRESQL;
  }

  @Override
  public final Optional<String> localAddress(Config config) {
    List<Optional<String>> address = new ArrayList<>(1);
    run(config, connection -> address.add(localAddressOf(connection)));
    return address.get(0);
  }

  /** Returns the IPv4 address at which this machine uses the connection, if it has one. */
  Optional<String> localAddressOf(Connection connection) throws SQLException {
    return Optional.empty();
  }

  @Override
  public final NodeRegistry nodes(Config config) {
    return nodesOf(storage(config));
  }

  @Override
  public final Optional<LeaseTable> leases(Config config) {
    return leasesOf(storage(config));
  }

  /** Returns the leases of the database of these settings, if it has any. */
  Optional<LeaseTable> leasesOf(Config storage) {
    return Optional.empty();
  }

  /** Returns the nodes that use the database of these settings. */
  abstract NodeRegistry nodesOf(Config storage);

  private void register(Connection connection, String topic, int partitions) throws SQLException {
    Optional<Integer> known = partitionsOf(connection, topic);
    if (known.isEmpty()) {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO perille_topic (name, partitions) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM perille_topic WHERE name = ?)"
                  + (dialect == Dialect.POSTGRESQL ? " ON CONFLICT DO NOTHING" : ""))) {
        insert.setString(1, topic);
        insert.setInt(2, partitions);
        insert.setString(3, topic);
        insert.executeUpdate();
      }
      known = partitionsOf(connection, topic);
    }
    int stored = known.orElse(partitions);
    if (stored != partitions) {
      throw new ConfigurationException(
          "topic '%s' has %d partitions in the database and %d in its definition: the number is fixed, because it decides where a key's messages are. Define it with %d, or use a new topic"
              .formatted(topic, stored, partitions, stored));
    }
  }

  private static Optional<Integer> partitionsOf(Connection connection, String topic)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT partitions FROM perille_topic WHERE name = ?")) {
      select.setString(1, topic);
      try (ResultSet result = select.executeQuery()) {
        return result.next() ? Optional.of(result.getInt(1)) : Optional.empty();
      }
    }
  }

  @Override
  public final <R> R withSubscriptions(Config config, Function<SubscriptionRegistry, R> work) {
    synchronized (ONE_AT_A_TIME) {
      List<R> result = new ArrayList<>(1);
      run(
          config,
          connection -> {
            connection.setAutoCommit(false);
            try {
              dialect.lockRegistry(connection);
              result.add(work.apply(new RegistryTable(connection)));
              connection.commit();
            } catch (SQLException | RuntimeException e) {
              rollBack(connection, e);
              throw e;
            }
          });
      return result.get(0);
    }
  }

  /** Rolls back. The first failure matters; a connection that can't roll back is broken. */
  private static void rollBack(Connection connection, Exception failure) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  /** A task on a connection. */
  @FunctionalInterface
  private interface Task {
    void run(Connection connection) throws SQLException;
  }

  private void run(Config config, Task task) {
    Config storage = storage(config);
    try (Connection connection = connect(storage)) {
      task.run(connection);
    } catch (SQLException e) {
      throw unusable(storage, e);
    }
  }

  private StorageException unusable(Config storage, SQLException e) {
    return new StorageException(
        "%s can't be used: %s. %s".formatted(url(storage), firstLine(e), remedy(storage, e)), e);
  }

  private Config storage(Config config) {
    return config.getConfig("perille.storage." + name());
  }

  private static String firstLine(SQLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no message");
  }
}
