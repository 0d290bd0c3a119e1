package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.apache.pekko.cluster.sharding.typed.ClusterShardingSettings;
import org.junit.jupiter.api.Test;
import org.perille.spi.StorageProfile;
import scala.concurrent.duration.FiniteDuration;

class NodeConfigTest {
  /**
   * Settings as Pekko reads them: its reference.conf copies sections, and only the copies are used.
   */
  @Test
  void the_timers_of_a_node_are_those_of_its_partitions_and_workers() {
    Config node = NodeConfig.complete(ConfigFactory.parseString(""));
    ClusterShardingSettings settings =
        ClusterShardingSettings.fromConfig(node.getConfig("pekko.cluster.sharding"));
    assertThat(settings.tuningParameters().retryInterval())
        .isEqualTo(FiniteDuration.create(200, "ms"));
    assertThat(settings.tuningParameters().handOffTimeout())
        .isEqualTo(FiniteDuration.create(15, "s"));
    assertThat(settings.coordinatorSingletonSettings().handOverRetryInterval())
        .isEqualTo(FiniteDuration.create(200, "ms"));
  }

  @Test
  void what_an_application_has_set_is_left_as_it_is() {
    String path = "pekko.cluster.sharding.retry-interval";
    Config given = ConfigFactory.load(ConfigFactory.parseString(path + " = 3s"));
    assertThat(NodeConfig.complete(given).getString(path)).isEqualTo("3s");
  }

  private static Config onSharedStorage(String settings) {
    Config given = ConfigFactory.load(ConfigFactory.parseString(settings));
    StorageProfile storage =
        (StorageProfile)
            Proxy.newProxyInstance(
                StorageProfile.class.getClassLoader(),
                new Class<?>[] {StorageProfile.class},
                (proxy, method, arguments) ->
                    method.getName().equals("isShared") ? true : Optional.of("10.0.0.7"));
    return NodeConfig.withSharedStorage(given, NodeConfig.complete(given), storage)
        .getConfig("pekko");
  }

  @Test
  void on_a_shared_storage_a_lease_decides_after_a_split() {
    Config node = onSharedStorage("");
    assertThat(node.getString("cluster.split-brain-resolver.active-strategy"))
        .isEqualTo("lease-majority");
    assertThat(node.getString("cluster.split-brain-resolver.stable-after")).isEqualTo("4s");
    assertThat(
            onSharedStorage("pekko.cluster.split-brain-resolver.stable-after = 19s")
                .getString("cluster.split-brain-resolver.stable-after"))
        .isEqualTo("19s");
  }

  /** It is also Pekko's default. */
  @Test
  void an_application_that_sets_keep_majority_gets_it() {
    Config node =
        onSharedStorage("pekko.cluster.split-brain-resolver.active-strategy = keep-majority");
    assertThat(node.getString("cluster.split-brain-resolver.active-strategy"))
        .isEqualTo("keep-majority");
    assertThat(node.getString("cluster.split-brain-resolver.stable-after")).isEqualTo("7s");
  }

  @Test
  void a_node_that_others_may_reach_has_an_address_on_the_network_of_the_database() {
    String path = "remote.artery.canonical.hostname";
    assertThat(onSharedStorage("").getString(path)).isEqualTo("127.0.0.1");
    assertThat(onSharedStorage("perille.cluster.allow-plaintext = on").getString(path))
        .isEqualTo("10.0.0.7");
    assertThat(
            onSharedStorage(
                    "perille.cluster.allow-plaintext = on\npekko.%s = shop1".formatted(path))
                .getString(path))
        .isEqualTo("shop1");
  }
}
