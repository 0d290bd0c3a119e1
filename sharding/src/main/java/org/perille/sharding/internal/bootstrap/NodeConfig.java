package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.perille.ConfigurationException;
import org.perille.internal.settings.Reference;
import org.perille.sharding.internal.tls.TlsTransport;
import org.perille.spi.StorageProfile;

/** Validates a node's configuration, and completes it for Perille's own actor system. */
final class NodeConfig {
  /** One setting of each library's reference.conf. */
  private static final List<String> SECTIONS =
      List.of(
          "pekko.actor.provider",
          "pekko.cluster.downing-provider-class",
          "pekko.cluster.sharding.handoff-timeout",
          "pekko.persistence.typed.stash-overflow-strategy",
          "pekko.serialization.jackson",
          "perille.storage.profile",
          "perille.cluster.partition-role");

  private static final String HOSTNAME = "pekko.remote.artery.canonical.hostname";
  private static final String STRATEGY = "pekko.cluster.split-brain-resolver.active-strategy";
  private static final String TRANSPORT = "pekko.remote.artery.transport";

  private NodeConfig() {}

  /** Applies {@code perille-node.conf} where the application has left Pekko's default. */
  static Config complete(Config config) {
    Config reference = Reference.config();
    requireMerged(config.withFallback(reference));
    Config completed = config.withFallback(ConfigFactory.defaultReference()).resolve();
    for (Map.Entry<String, ConfigValue> own : parsed("perille-node.conf").entrySet()) {
      String path = own.getKey();
      if (!completed.hasPath(path)
          || (reference.hasPath(path)
              && completed.getValue(path).equals(reference.getValue(path)))) {
        completed = completed.withValue(path, own.getValue());
      }
    }
    return TlsTransport.complete(completed);
  }

  /** Checks that a shaded jar has one reference.conf, merged from those of all its libraries. */
  private static void requireMerged(Config config) {
    for (String path : SECTIONS) {
      if (!config.hasPathOrNull(path)) {
        throw new ConfigurationException(
            "'%s' is missing, which a reference.conf on the class path has: if the application is one shaded jar, append all reference.conf to one (maven-shade-plugin: AppendingTransformer with <resource>reference.conf</resource>, and ServicesResourceTransformer for META-INF/services)"
                .formatted(path));
      }
    }
  }

  /**
   * Applies what differs on a storage that several nodes share: the node's address, and {@code
   * perille-shared.conf} unless the application chooses how the cluster decides after a split.
   *
   * @param given the application's configuration
   * @param completed the same, completed
   */
  static Config withSharedStorage(Config given, Config completed, StorageProfile storage) {
    Config result = withAddress(given, completed, storage);
    if (!storage.isShared() || isSet(given, STRATEGY)) {
      return result;
    }
    for (Map.Entry<String, ConfigValue> own : parsed("perille-shared.conf").entrySet()) {
      if (!isSet(given, own.getKey())) {
        result = result.withValue(own.getKey(), own.getValue());
      }
    }
    return result;
  }

  /** Returns whether an application sets a path, also to the value that is its default. */
  private static boolean isSet(Config given, String path) {
    return given.hasPath(path)
        && !given.getValue(path).origin().description().contains("reference.conf");
  }

  private static Config parsed(String resource) {
    return ConfigFactory.parseResources(NodeConfig.class.getClassLoader(), resource);
  }

  /**
   * Sets the address of a node whose application sets none.
   *
   * <p>If nodes on other machines may connect to it, that is the address on the network that leads
   * to the database, which they use too. Otherwise it is a loopback address.
   *
   * @param given the application's configuration
   * @param completed the same, completed
   */
  private static Config withAddress(Config given, Config completed, StorageProfile storage) {
    boolean chosen =
        given.hasPath(HOSTNAME) && !given.getString(HOSTNAME).equals("<getHostAddress>");
    if (chosen || !storage.isShared() || !mayBeReached(completed)) {
      return completed;
    }
    return storage
        .localAddress(completed)
        .map(address -> completed.withValue(HOSTNAME, ConfigValueFactory.fromAnyRef(address)))
        .orElse(completed);
  }

  private static boolean mayBeReached(Config config) {
    return config.getString(TRANSPORT).equals("tls-tcp")
        || config.getBoolean("perille.cluster.allow-plaintext");
  }

  /** Returns the storage that is selected by {@code perille.storage.profile}. */
  static StorageProfile storage(Config config) {
    Map<String, StorageProfile> profiles = StorageProfiles.find();
    String chosen = config.getString("perille.storage.profile");
    StorageProfile profile = profiles.get(chosen);
    if (profile == null) {
      throw new ConfigurationException(
          "'perille.storage.profile' is '%s': use one of %s"
              .formatted(chosen, profiles.keySet().stream().sorted().toList()));
    }
    return profile;
  }

  /** Rejects a configuration whose plugin settings contradict Perille's. */
  static void requireSettings(Config config, Config required) {
    for (Map.Entry<String, ConfigValue> setting : required.entrySet()) {
      String path = setting.getKey();
      if (!config.hasPath(path) || !text(config.getValue(path)).equals(text(setting.getValue()))) {
        throw new ConfigurationException(
            "'%s' doesn't follow from perille.storage: add your settings before the configuration is resolved, as in ConfigFactory.load(yours), or in application.conf"
                .formatted(path));
      }
    }
  }

  private static String text(ConfigValue value) {
    String text = String.valueOf(value.unwrapped());
    return text.equals("on") ? "true" : text.equals("off") ? "false" : text;
  }

  /** Rejects settings that would lose data, block permanently or grant access to strangers. */
  static void check(Config config) {
    JacksonVersions.check();
    ShutdownTimes.check(config);
    String overflow = "pekko.persistence.typed.stash-overflow-strategy";
    if (!config.getString(overflow).equals("fail")) {
      throw new ConfigurationException(
          "'%s' is '%s': set it to 'fail', which Perille.start does and an application with an actor system of its own must do; otherwise Pekko silently drops what a partition or a cursor can't accept at the moment"
              .formatted(overflow, config.getString(overflow)));
    }
    if (config.getBoolean("pekko.actor.allow-java-serialization")) {
      throw new ConfigurationException(
          "'pekko.actor.allow-java-serialization' is on: turn it off; Perille never uses Java serialization, and it lets whoever can send bytes run code");
    }
    if (!config.getString("pekko.actor.provider").equals("cluster")) {
      throw new ConfigurationException(
          "'pekko.actor.provider' is '%s': Perille needs 'cluster'"
              .formatted(config.getString("pekko.actor.provider")));
    }
    if (config.getString("pekko.cluster.downing-provider-class").isEmpty()) {
      throw new ConfigurationException(
          "'pekko.cluster.downing-provider-class' is empty: a node that dies would own its partitions permanently. Set it to org.apache.pekko.cluster.sbr.SplitBrainResolverProvider");
    }
    String host = config.getString(HOSTNAME);
    String transport = config.getString(TRANSPORT);
    if (!isLoopback(host) && !mayBeReached(config)) {
      throw new ConfigurationException(
          "'pekko.remote.artery.canonical.hostname' is '%s', which other machines can reach, and 'pekko.remote.artery.transport' is '%s': set perille.cluster.tls { certificate, key, trusted }, or perille.cluster.allow-plaintext = on for a network that is private by other means"
              .formatted(host, transport));
    }
    TlsTransport.check(config);
  }

  /** Returns what follows when the cluster has downed a node of {@code Perille.start}. */
  static Lifecycle.WhenDowned whenDowned(Config config) {
    String path = "perille.cluster.when-downed";
    String value = config.getString(path);
    return Arrays.stream(Lifecycle.WhenDowned.values())
        .filter(known -> known.text().equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "'%s' is '%s': use restart or exit".formatted(path, value)));
  }

  /** Returns whether a node of {@code Perille.start} stops when the JVM exits. */
  static boolean stopsOnJvmExit(Config config) {
    return config.getBoolean("perille.cluster.stop-on-jvm-exit");
  }

  /** Returns the time for which the oldest node may be without a coordinator. */
  static Duration coordinatorTimeout(Config config) {
    return duration(
        config,
        "perille.cluster.coordinator-timeout",
        Duration.ofSeconds(1),
        Duration.ofMinutes(10),
        "1 s to 10 min");
  }

  /** Returns the interval of checks of the registry of subscriptions. */
  static Duration registryInterval(Config config) {
    return duration(
        config,
        "perille.cluster.registry-interval",
        Duration.ofMillis(100),
        Duration.ofHours(1),
        "100 ms to 1 h");
  }

  private static Duration duration(
      Config config, String path, Duration least, Duration most, String range) {
    Duration value = config.getDuration(path);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new ConfigurationException(
          "'%s' is %s: use %s".formatted(path, config.getValue(path).unwrapped(), range));
    }
    return value;
  }

  /**
   * Returns the interval of the heartbeats by which other nodes on the database detect this one.
   */
  static Duration heartbeatInterval(Config config) {
    String path = "perille.cluster.heartbeat-interval";
    Duration interval = config.getDuration(path);
    if (interval.compareTo(Duration.ofMillis(100)) < 0
        || interval.compareTo(Duration.ofSeconds(10)) > 0) {
      throw new ConfigurationException(
          "'%s' is %s: use 100 ms to 10 s".formatted(path, config.getValue(path).unwrapped()));
    }
    return interval;
  }

  private static boolean isLoopback(String host) {
    try {
      return !host.startsWith("<") && InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
