package org.perille.sharding.internal.admin;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.partition.WorkerRequest;

class SubscriptionAdminTest {
  record Note(String key) implements PerilleMessage {}

  private static final Topic<Note> TOPIC =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(3);
  private static final Subscription<Note> MAIL =
      Subscription.of("mail", TOPIC).atLeastOnce(delivery -> {});
  private static final Subscription<Note> LIVE =
      Subscription.of("live", TOPIC).ephemeral(delivery -> {});

  /** A journal that isn't read in these tests. */
  private static final class Unread implements PartitionJournal {
    @Override
    public CompletionStage<List<Stored>> read(String id, long from, long to) {
      throw new AssertionError("nothing is read");
    }

    @Override
    public CompletionStage<List<Stored>> readUpTo(String id, long from, long to) {
      throw new AssertionError("nothing is read");
    }
  }

  private static ActorTestKit kit;

  private final FakePartitions partitions = new FakePartitions(kit);
  private final SubscriptionAdmin operations =
      new SubscriptionAdmin(kit.system(), partitions, new Unread(), new Decompressor(1 << 20));

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  private static void get(CompletionStage<Done> stage) throws Exception {
    stage.toCompletableFuture().get(180, SECONDS);
  }

  private List<Integer> askedPartitions() {
    return partitions.asked.stream().map(FakePartitions.Asked::partition).toList();
  }

  private List<Optional<String>> reasons() {
    return partitions.asked.stream()
        .map(asked -> ((WorkerRequest.SetPaused) asked.request()).reason())
        .toList();
  }

  @Test
  void all_partitions_are_paused_for_a_reason_and_resumed() throws Exception {
    get(operations.pause(MAIL, "maintenance"));
    assertThat(askedPartitions()).containsExactly(0, 1, 2);
    assertThat(reasons()).containsOnly(Optional.of("maintenance"));
    partitions.asked.clear();
    get(operations.resume(MAIL));
    assertThat(askedPartitions()).containsExactly(0, 1, 2);
    assertThat(reasons()).containsOnly(Optional.empty());
  }

  @Test
  void one_partition_is_paused_and_resumed() throws Exception {
    get(operations.pause(MAIL, 2, "maintenance"));
    get(operations.resume(MAIL, 2));
    assertThat(askedPartitions()).containsExactly(2, 2);
    assertThat(reasons()).containsExactly(Optional.of("maintenance"), Optional.empty());
  }

  @Test
  void a_pause_is_done_when_all_partitions_say_so() {
    partitions.silence(1);
    assertThatThrownBy(() -> get(operations.pause(MAIL, "maintenance")))
        .hasMessageContainingAll("'mail'", "partition 1", "perille.cluster.handled-timeout");
  }

  @Test
  void what_can_not_be_done_is_refused_before_anyone_is_asked() {
    assertThatThrownBy(() -> operations.pause(MAIL, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("reason", "'mail'");
    assertThatThrownBy(() -> operations.pause(MAIL, 0, "x".repeat(1001)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("1001", "1 to 1000");
    assertThatThrownBy(() -> operations.pause(MAIL, 3, "why"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("no partition 3", "0 to 2");
    assertThatThrownBy(() -> operations.resume(MAIL, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no partition -1");
    assertThatThrownBy(() -> operations.pause(LIVE, "why"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("ephemeral");
    assertThatThrownBy(() -> operations.resume(LIVE)).isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> operations.deadLetters(LIVE))
        .isInstanceOf(ConfigurationException.class);
    assertThat(partitions.asked).isEmpty();
  }
}
