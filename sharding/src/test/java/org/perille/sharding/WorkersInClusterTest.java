package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.get;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Definition;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.Topic;

/** Goal: each subscription is handled by the nodes that run it, wherever the others are. */
class WorkersInClusterTest {
  private static final Topic<Note> NOTES =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);

  private final List<Perille> nodes = new ArrayList<>();

  /** Starts a node. The first one owns the partitions, since each has a memory of its own. */
  private Perille start(Definition... definitions) {
    String seed =
        nodes.isEmpty()
            ? ""
            : '"' + Cluster.get(nodes.get(0).system()).selfMember().address().toString() + '"';
    Perille node =
        Perille.start(
            Memory.config(
                "pekko.cluster.seed-nodes = [" + seed + "]",
                "pekko.remote.artery.canonical.port = 0",
                "perille.cluster.partition-role = log",
                "perille.publisher.timeout = 3m",
                "perille.cluster.coordinator-timeout = 1s",
                "pekko.cluster.roles = [" + (nodes.isEmpty() ? "log" : "") + "]"),
            definitions);
    nodes.add(node);
    for (Perille member : nodes) {
      await()
          .atMost(180, SECONDS)
          .until(() -> Cluster.get(member.system()).state().members().size() == nodes.size());
    }
    return node;
  }

  @AfterEach
  void stop() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
  }

  private static Subscription<Note> collecting(String name, Set<Integer> handled) {
    return Subscription.of(name, NOTES)
        .atLeastOnce(delivery -> handled.add(delivery.payload().number()));
  }

  private static void publish(Perille node, int numbers) throws Exception {
    for (int number = 0; number < numbers; number++) {
      get(node.publisher(NOTES).publish(new Note("key-" + number, number)));
    }
  }

  @Test
  void a_subscription_that_the_oldest_node_does_not_run_is_handled_by_the_nodes_that_do()
      throws Exception {
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    Perille old = start(NOTES);
    start(NOTES, collecting("added", handled));
    publish(old, 20);
    await().atMost(180, SECONDS).until(() -> handled.size() == 20);
  }

  @Test
  void nodes_without_roles_may_run_different_subscriptions() throws Exception {
    Set<Integer> mailed = ConcurrentHashMap.newKeySet();
    Set<Integer> counted = ConcurrentHashMap.newKeySet();
    Perille one = start(NOTES, collecting("mail", mailed));
    start(NOTES, collecting("count", counted));
    publish(one, 20);
    await().atMost(180, SECONDS).until(() -> mailed.size() == 20 && counted.size() == 20);
  }

  /** Fault: the message that starts a worker is lost; here it has been started and is gone. */
  @Test
  void a_worker_that_its_shard_does_not_have_is_found_and_started() throws Exception {
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    Perille node = start(NOTES, collecting("mail", handled));
    publish(node, 20);
    await().atMost(180, SECONDS).until(() -> handled.size() == 20);
    for (int partition = 0; partition < 4; partition++) {
      String id = "notes~mail~" + partition;
      Adapter.toClassic(node.system())
          .actorSelection("/system/sharding/perille-worker/" + id + "/" + id)
          .tell(PoisonPill.getInstance(), ActorRef.noSender());
    }
    publish(node, 40);
    await().atMost(180, SECONDS).until(() -> handled.size() == 40);
  }

  @Test
  void workers_of_a_node_that_has_left_are_taken_over_by_another_one() throws Exception {
    Set<Integer> first = ConcurrentHashMap.newKeySet();
    Set<Integer> second = ConcurrentHashMap.newKeySet();
    Perille log = start(NOTES);
    start(NOTES, collecting("added", first));
    publish(log, 20);
    await().atMost(180, SECONDS).until(() -> first.size() == 20);
    nodes.remove(1).close();
    start(NOTES, collecting("added", second));
    publish(log, 40);
    await().atMost(180, SECONDS).until(() -> second.size() == 40);
  }
}
