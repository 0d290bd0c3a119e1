package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;

class DiscoveryMethodTest {
  private static final String SEED = "pekko.cluster.seed-nodes = [\"pekko://perille@a:25520\"]\n";

  private static Config config(String settings) {
    return ConfigFactory.load(ConfigFactory.parseString(settings));
  }

  @Test
  void nodes_find_each_other_in_a_shared_database_unless_configured_otherwise() {
    assertThat(DiscoveryMethod.of(config(""), true)).isEqualTo(DiscoveryMethod.DATABASE);
    assertThat(DiscoveryMethod.of(config(SEED), true)).isEqualTo(DiscoveryMethod.SEED_NODES);
    assertThat(
            DiscoveryMethod.of(
                config(
                    "pekko.extensions = [\"org.apache.pekko.management.cluster.bootstrap.ClusterBootstrap\"]"),
                true))
        .isEqualTo(DiscoveryMethod.EXTERNAL);
    assertThat(DiscoveryMethod.of(config("perille.cluster.discovery = external"), true))
        .isEqualTo(DiscoveryMethod.EXTERNAL);
  }

  @Test
  void a_node_with_a_database_of_its_own_is_a_cluster_of_its_own() {
    assertThat(DiscoveryMethod.of(config(""), false)).isEqualTo(DiscoveryMethod.NONE);
    assertThat(DiscoveryMethod.of(config(SEED), false)).isEqualTo(DiscoveryMethod.SEED_NODES);
  }

  @Test
  void settings_that_contradict_each_other_are_refused() {
    refused("perille.cluster.discovery = database\n" + SEED, true, "seed-nodes");
    refused("perille.cluster.discovery = database", false, "postgresql");
    refused("perille.cluster.discovery = seed-nodes", true, "empty");
    refused("perille.cluster.discovery = magic", true, "auto, database, seed-nodes, external");
  }

  private static void refused(String settings, boolean isShared, String reason) {
    assertThatThrownBy(() -> DiscoveryMethod.of(config(settings), isShared))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("perille.cluster.discovery")
        .hasMessageContaining(reason);
  }
}
