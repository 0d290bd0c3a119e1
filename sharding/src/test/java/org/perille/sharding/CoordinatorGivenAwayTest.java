package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Topic;

/**
 * Goal: the shards have a coordinator. Fault: a suspended node of a former cluster takes it.
 *
 * <p>The node resumes when its peers have restarted under their old addresses. It requests the
 * coordinator of shards from the oldest of them, and receives it.
 */
// Slow: it waits until a node has downed itself.
@Tag("slow")
class CoordinatorGivenAwayTest {
  record Note(String key) implements PerilleMessage {}

  private static final Topic<Note> NOTES =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);

  private Perille oldest;
  private Perille other;

  @BeforeEach
  void start() {
    oldest = start("");
    other = start('"' + Cluster.get(oldest.system()).selfMember().address().toString() + '"');
  }

  private static Perille start(String seedNodes) {
    return Perille.start(
        Memory.config(
            "pekko.cluster.seed-nodes = [" + seedNodes + "]",
            "pekko.remote.artery.canonical.port = 0",
            "perille.cluster.coordinator-timeout = 10s",
            // A node that downed itself must be removed by the failure detector before the other
            // one, which is the oldest then, downs itself too.
            "pekko.cluster.failure-detector.acceptable-heartbeat-pause = 4s"),
        NOTES);
  }

  @AfterEach
  void stop() {
    other.close();
    oldest.close();
  }

  /** Returns the message object. Java has no name for an object within a Scala object. */
  private static Object handOverToMe() throws ReflectiveOperationException {
    return Class.forName(
            "org.apache.pekko.cluster.singleton.ClusterSingletonManager$Internal$HandOverToMe$")
        .getField("MODULE$")
        .get(null);
  }

  private void giveAway(String shards) throws ReflectiveOperationException {
    Adapter.toClassic(oldest.system())
        .actorSelection("/system/sharding/" + shards + "Coordinator")
        .tell(handOverToMe(), ActorRef.noSender());
  }

  @Test
  void the_node_that_gave_it_away_goes_and_the_others_go_on() throws Exception {
    giveAway("perille-partition");
    oldest.system().getWhenTerminated().toCompletableFuture().get(180, SECONDS);
    for (int key = 0; key < 8; key++) {
      Note note = new Note("key-" + key);
      await()
          .atMost(180, SECONDS)
          .ignoreExceptions()
          .until(
              () ->
                  !other
                      .publisher(NOTES)
                      .publish(note)
                      .toCompletableFuture()
                      .get(180, SECONDS)
                      .topic()
                      .isEmpty());
    }
    assertThat(other.system().getWhenTerminated().toCompletableFuture()).isNotDone();
  }

  @Test
  void a_time_out_that_handing_over_would_exceed_is_refused() {
    assertThatThrownBy(
            () -> Perille.start(Memory.config("perille.cluster.coordinator-timeout = 10ms"), NOTES))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'perille.cluster.coordinator-timeout' is 10ms: use 1 s to 10 min");
  }
}
