package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.util.List;
import org.perille.ConfigurationException;

/** The ways in which a node of {@code Perille.start} finds its cluster. */
enum DiscoveryMethod {
  /** The nodes find each other in the database. */
  DATABASE,
  /** Pekko joins the configured seed nodes. */
  SEED_NODES,
  /** Something else joins the node to a cluster, such as Pekko's cluster bootstrap. */
  EXTERNAL,
  /** The node forms a cluster of its own. */
  NONE;

  private static final String PATH = "perille.cluster.discovery";
  private static final String SEEDS = "pekko.cluster.seed-nodes";

  /**
   * Reads the configured way.
   *
   * @param isShared whether nodes of several processes use the database
   */
  static DiscoveryMethod of(Config config, boolean isShared) {
    boolean hasSeeds = !config.getStringList(SEEDS).isEmpty();
    String chosen = config.getString(PATH);
    return switch (chosen) {
      case "auto" -> automatic(config, isShared, hasSeeds);
      case "database" -> database(config, isShared, hasSeeds);
      case "seed-nodes" -> seedNodes(hasSeeds);
      case "external" -> EXTERNAL;
      default ->
          throw new ConfigurationException(
              "'%s' is '%s': use one of auto, database, seed-nodes, external"
                  .formatted(PATH, chosen));
    };
  }

  private static DiscoveryMethod automatic(Config config, boolean isShared, boolean hasSeeds) {
    if (hasSeeds) {
      return SEED_NODES;
    }
    List<String> extensions = config.getStringList("pekko.extensions");
    if (extensions.stream().anyMatch(name -> name.contains("ClusterBootstrap"))) {
      return EXTERNAL;
    }
    return isShared ? DATABASE : NONE;
  }

  private static DiscoveryMethod database(Config config, boolean isShared, boolean hasSeeds) {
    if (!isShared) {
      throw new ConfigurationException(
          "'%s' is 'database', and only one process can use the storage '%s': use 'auto', or perille.storage.profile = postgresql"
              .formatted(PATH, config.getString("perille.storage.profile")));
    }
    if (hasSeeds) {
      throw new ConfigurationException(
          "'%s' is 'database', and '%s' is set: Pekko would join those nodes by itself. Remove one of the two"
              .formatted(PATH, SEEDS));
    }
    return DATABASE;
  }

  private static DiscoveryMethod seedNodes(boolean hasSeeds) {
    if (!hasSeeds) {
      throw new ConfigurationException(
          "'%s' is 'seed-nodes', and '%s' is empty: list nodes there, or use 'auto'"
              .formatted(PATH, SEEDS));
    }
    return SEED_NODES;
  }
}
