package org.perille.sharding.internal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.perille.ConfigurationException;
import org.perille.internal.settings.Reference;
import org.perille.spi.StorageProfile;

/** Checks a node's configuration, and completes it for an actor system of Perille's own. */
final class NodeConfig {
  private NodeConfig() {}

  /** Puts {@code perille-node.conf} where the application has left Pekko's default. */
  static Config complete(Config config) {
    Config reference = Reference.config();
    Config completed = config.withFallback(ConfigFactory.defaultReference()).resolve();
    for (Map.Entry<String, ConfigValue> own :
        ConfigFactory.parseResources(NodeConfig.class.getClassLoader(), "perille-node.conf")
            .entrySet()) {
      String path = own.getKey();
      if (!completed.hasPath(path)
          || (reference.hasPath(path)
              && completed.getValue(path).equals(reference.getValue(path)))) {
        completed = completed.withValue(path, own.getValue());
      }
    }
    return completed;
  }

  /** The storage that is chosen by {@code perille.storage.profile}. */
  static StorageProfile storage(Config config) {
    Map<String, StorageProfile> profiles =
        ServiceLoader.load(StorageProfile.class).stream()
            .map(ServiceLoader.Provider::get)
            .collect(Collectors.toMap(StorageProfile::name, profile -> profile));
    if (!config.hasPath("perille.storage.profile")) {
      throw new ConfigurationException(
          "no storage is on the class path: add org.perille:perille-persistence");
    }
    String chosen = config.getString("perille.storage.profile");
    StorageProfile profile = profiles.get(chosen);
    if (profile == null) {
      throw new ConfigurationException(
          "'perille.storage.profile' is '%s': use one of %s"
              .formatted(chosen, profiles.keySet().stream().sorted().toList()));
    }
    return profile;
  }

  /** Refuses a configuration whose plugins were told something else than Perille. */
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

  /** Refuses what would lose data, stall for ever or let strangers in. */
  static void check(Config config) {
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
          "'pekko.cluster.downing-provider-class' is empty: a node that dies would keep its partitions for ever. Set it to org.apache.pekko.cluster.sbr.SplitBrainResolverProvider");
    }
    String host = config.getString("pekko.remote.artery.canonical.hostname");
    String transport = config.getString("pekko.remote.artery.transport");
    if (!transport.equals("tls-tcp")
        && !isLoopback(host)
        && !config.getBoolean("perille.cluster.allow-plaintext")) {
      throw new ConfigurationException(
          "'pekko.remote.artery.canonical.hostname' is '%s', which other machines can reach, and 'pekko.remote.artery.transport' is '%s': use tls-tcp with mutual authentication, or set perille.cluster.allow-plaintext = on for a network that is private by other means"
              .formatted(host, transport));
    }
  }

  /** How long the oldest node may be without a coordinator. */
  static Duration coordinatorTimeout(Config config) {
    String path = "perille.cluster.coordinator-timeout";
    Duration timeout = config.getDuration(path);
    if (timeout.compareTo(Duration.ofSeconds(1)) < 0
        || timeout.compareTo(Duration.ofMinutes(10)) > 0) {
      throw new ConfigurationException(
          "'%s' is %s: use 1 s to 10 min".formatted(path, config.getValue(path).unwrapped()));
    }
    return timeout;
  }

  private static boolean isLoopback(String host) {
    try {
      return !host.startsWith("<") && InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
