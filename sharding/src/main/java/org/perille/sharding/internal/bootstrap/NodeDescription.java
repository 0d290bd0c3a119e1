package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.spi.StorageProfile;

/** Collects the facts of a node's {@link NodeSummary}. */
final class NodeDescription {
  private NodeDescription() {}

  static NodeSummary of(
      ActorSystem<?> system, Config config, StorageProfile storage, Definitions definitions) {
    Cluster cluster = Cluster.get(system);
    String partitionRole = config.getString("perille.cluster.partition-role");
    return new NodeSummary(
        storage.describe(config),
        cluster.selfMember().address().toString(),
        StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
            .map(member -> member.address().toString())
            .collect(Collectors.toSet()),
        config.getString("pekko.cluster.split-brain-resolver.active-strategy"),
        Roles.of(cluster.selfMember()),
        partitionRole.isEmpty() || cluster.selfMember().hasRole(partitionRole),
        definitions.topics().keySet(),
        definitions.subscriptions().entrySet().stream()
            .filter(
                entry -> entry.getValue().role().map(cluster.selfMember()::hasRole).orElse(true))
            .map(Map.Entry::getKey)
            .toList());
  }
}
