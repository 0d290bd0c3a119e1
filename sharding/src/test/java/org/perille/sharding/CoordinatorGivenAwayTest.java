package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Topic;

/**
 * A node of a former cluster that has slept, and wakes when its peers have been started anew under
 * their old addresses, asks the oldest of them for the coordinator of shards, and gets it.
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
  void start() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    oldest = start(port, port);
    other = start(port, 0);
  }

  private static Perille start(int seedPort, int port) {
    return Perille.start(
        Memory.config(
            "pekko.cluster.seed-nodes = [\"pekko://perille@127.0.0.1:" + seedPort + "\"]",
            "pekko.remote.artery.canonical.port = " + port,
            "perille.cluster.coordinator-timeout = 10s",
            // A node that downed itself is removed when it is missed: before the other one, which
            // is the oldest then, downs itself, too.
            "pekko.cluster.failure-detector.acceptable-heartbeat-pause = 4s"),
        NOTES);
  }

  @AfterEach
  void stop() {
    other.close();
    oldest.close();
  }

  /** Java has no name for what a Scala object's object is called. */
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
