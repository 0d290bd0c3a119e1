package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import org.apache.pekko.cluster.sharding.typed.ClusterShardingSettings;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.concurrent.duration.FiniteDuration;

class NodeConfigTest {
  /**
   * Settings as Pekko reads them: its reference.conf copies sections, and only the copies are used.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {"pekko.cluster.sharding", "pekko.cluster.sharded-daemon-process.sharding"})
  void the_timers_of_a_node_are_those_of_its_partitions_and_of_its_workers(String shards) {
    Config node = NodeConfig.complete(ConfigFactory.parseString(""));
    ClusterShardingSettings settings = ClusterShardingSettings.fromConfig(node.getConfig(shards));
    assertThat(settings.tuningParameters().retryInterval())
        .isEqualTo(FiniteDuration.create(200, "ms"));
    assertThat(settings.coordinatorSingletonSettings().handOverRetryInterval())
        .isEqualTo(FiniteDuration.create(200, "ms"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pekko.cluster.sharding.retry-interval",
        "pekko.cluster.sharded-daemon-process.sharding.retry-interval"
      })
  void what_an_application_has_set_is_left_as_it_is(String path) {
    Config given =
        ConfigFactory.load(ConfigFactory.parseString("pekko.cluster.sharding.retry-interval = 3s"));
    assertThat(NodeConfig.complete(given).getString(path)).isEqualTo("3s");
  }
}
