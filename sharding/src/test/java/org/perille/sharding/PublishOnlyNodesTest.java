package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.get;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.Test;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.Topic;

/** Goal: nodes that neither own partitions nor handle anything stand in nobody's way. */
class PublishOnlyNodesTest {
  private static final Topic<Note> NOTES =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);

  private final Queue<Integer> handled = new ConcurrentLinkedQueue<>();

  private static Perille start(String role, String seed) {
    return Perille.start(
        Memory.config(
            "pekko.cluster.seed-nodes = [" + seed + "]",
            "pekko.remote.artery.canonical.port = 0",
            "perille.cluster.partition-role = log",
            "pekko.cluster.roles = [" + role + "]"),
        NOTES);
  }

  @Test
  void a_subscription_is_placed_although_other_nodes_of_its_cluster_only_publish()
      throws Exception {
    try (Perille worker = start("log", "");
        Perille web =
            start("", '"' + Cluster.get(worker.system()).selfMember().address().toString() + '"')) {
      await()
          .atMost(180, SECONDS)
          .until(() -> Cluster.get(worker.system()).state().members().size() == 2);
      get(web.publisher(NOTES).publish(new Note("a", 1)));
      worker.register(
          Subscription.of("mail", NOTES)
              .atLeastOnce(delivery -> handled.add(delivery.payload().number())));
      await().atMost(180, SECONDS).until(() -> handled.contains(1));
    }
  }
}
