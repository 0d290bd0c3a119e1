package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.internal.AdaptMessage;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.Test;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.PublishUnknownException;
import org.perille.Receipt;
import org.perille.Topic;

class UnknownOutcomeTest {
  record Text(String key) implements PerilleMessage {}

  private static final Topic<Text> TEXTS =
      Topic.of("unowned", Text.class).keyedBy(Text::key).withPartitions(1);

  @Test
  void what_was_sent_and_got_no_receipt_is_unknown_and_what_was_never_sent_is_refused() {
    try (Perille perille = Perille.start(unowned("perille.publisher.timeout = 1s"), TEXTS)) {
      CompletableFuture<Receipt> sent = publishAndSend(perille);
      CompletableFuture<Receipt> behind = publish(perille);
      assertThatThrownBy(() -> sent.get(180, SECONDS))
          .cause()
          .isInstanceOf(PublishUnknownException.class)
          .hasMessageContaining("same id");
      assertThatThrownBy(() -> behind.get(180, SECONDS))
          .cause()
          .isInstanceOf(PublishRefusedException.class)
          .hasMessageContaining("is not stored");
    }
  }

  @Test
  void closing_does_not_wait_for_a_message_whose_publisher_no_longer_waits() throws Exception {
    Perille perille =
        Perille.start(
            unowned(
                "perille.publisher.timeout = 1s",
                "perille.cluster.close-timeout = 10m",
                "pekko.coordinated-shutdown.default-phase-timeout = 11m"),
            TEXTS);
    CompletableFuture<Receipt> sent = publishAndSend(perille);
    assertThatThrownBy(() -> sent.get(180, SECONDS))
        .hasCauseInstanceOf(PublishUnknownException.class);
    CompletableFuture.runAsync(perille::close).get(180, SECONDS);
  }

  @Test
  void a_publisher_that_fails_does_not_say_that_its_node_stops() {
    try (Perille perille = Perille.start(unowned(), TEXTS)) {
      CompletableFuture<Receipt> sent = publishAndSend(perille);
      CompletableFuture<Receipt> behind = publish(perille);
      Adapter.toClassic(perille.system())
          .actorSelection("/system/perille-publisher-unowned")
          .tell(
              new AdaptMessage<>(
                  "anything",
                  message -> {
                    throw new IllegalStateException("planned");
                  }),
              ActorRef.noSender());
      assertThatThrownBy(() -> sent.get(180, SECONDS))
          .cause()
          .isInstanceOf(PublishUnknownException.class);
      assertThatThrownBy(() -> behind.get(180, SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              PublishRefusedException.class,
              refused -> assertThat(refused.reason()).isEqualTo(Reason.NOT_SENT));
    }
  }

  /**
   * Returns a configuration in which no node has logs. Publishers and regions with messages for
   * them stop by time-outs.
   */
  private static Config unowned(String... settings) {
    return Memory.config(
        "perille.cluster.partition-role = nobody",
        "perille.publisher.batch-messages = 1",
        "perille.cluster.close-timeout = 500ms",
        "perille.subscription.stop-timeout = 100ms",
        "pekko.coordinated-shutdown.phases.cluster-sharding-shutdown-region.timeout = 1500ms",
        String.join("\n", settings));
  }

  /**
   * Returns once a message has left its publisher, however long reliable delivery takes to start.
   */
  private static CompletableFuture<Receipt> publishAndSend(Perille perille) {
    while (true) {
      CompletableFuture<Receipt> receipt = publish(perille);
      await().atMost(180, SECONDS).until(() -> isSent(perille) || receipt.isDone());
      if (isSent(perille)) {
        return receipt;
      }
    }
  }

  /** Returns whether reliable delivery has a child for the partition, and so has sent to it. */
  private static boolean isSent(Perille perille) {
    return Adapter.toClassic(perille.system())
        .actorSelection("/system/perille-publisher-unowned/delivery-1/*")
        .resolveOne(Duration.ofMillis(500))
        .handle((child, none) -> child != null)
        .toCompletableFuture()
        .join();
  }

  private static CompletableFuture<Receipt> publish(Perille perille) {
    return perille
        .publisher(TEXTS)
        .publish(new Text("k"), MessageId.of("id"))
        .toCompletableFuture();
  }
}
