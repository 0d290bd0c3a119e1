package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSelection;
import org.apache.pekko.actor.Kill;
import org.apache.pekko.actor.typed.internal.AdaptMessage;
import org.apache.pekko.actor.typed.internal.AdaptWithRegisteredMessageAdapter;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.sharding.typed.delivery.ShardingProducerController;
import org.junit.jupiter.api.Test;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Topic;
import org.perille.internal.log.PublishBatch;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Set$;

class StalledDeliveryTest {
  record Text(String key) implements PerilleMessage {}

  private static final Topic<Text> TEXTS =
      Topic.of("stalled", Text.class).keyedBy(Text::key).withPartitions(1);

  @Test
  void a_publisher_goes_on_when_its_delivery_to_one_partition_has_failed() {
    try (Perille perille =
        Perille.start(
            Memory.config(
                "perille.publisher.timeout = 1s", "perille.publisher.receipt-timeout = 200ms"),
            TEXTS)) {
      publishUntilStored(perille, "before");
      Adapter.toClassic(perille.system())
          .actorSelection("/system/perille-publisher-stalled/delivery-1/*")
          .tell(Kill.getInstance(), ActorRef.noSender());
      assertThat(publishUntilStored(perille, "after").offset()).isEqualTo(1);
    }
  }

  @Test
  void a_publisher_that_was_started_anew_does_not_send_to_its_former_delivery() {
    try (Perille perille =
        Perille.start(
            Memory.config(
                "perille.publisher.timeout = 1s", "perille.publisher.receipt-timeout = 200ms"),
            TEXTS)) {
      publishUntilStored(perille, "before");
      ActorSelection publisher =
          Adapter.toClassic(perille.system()).actorSelection("/system/perille-publisher-stalled");
      publisher.tell(
          new AdaptMessage<>(
              "anything",
              message -> {
                throw new IllegalStateException("planned");
              }),
          ActorRef.noSender());
      publisher.tell(
          new AdaptMessage<>(
              new ShardingProducerController.RequestNext<PublishBatch>(
                  perille.system().deadLetters(),
                  perille.system().deadLetters(),
                  Set$.MODULE$.empty(),
                  Map$.MODULE$.empty()),
              AdaptWithRegisteredMessageAdapter::new),
          ActorRef.noSender());
      assertThat(publishUntilStored(perille, "after").offset()).isEqualTo(1);
    }
  }

  /**
   * Publishes until the message is stored. Some attempts may end with an unknown outcome: before
   * the partition has started, and while it stalls.
   */
  private static Receipt publishUntilStored(Perille perille, String id) {
    return await()
        .atMost(180, SECONDS)
        .until(
            () -> {
              CompletableFuture<Receipt> attempt = publish(perille, id);
              await().atMost(180, SECONDS).until(attempt::isDone);
              return attempt;
            },
            attempt -> !attempt.isCompletedExceptionally())
        .join();
  }

  private static CompletableFuture<Receipt> publish(Perille perille, String id) {
    return perille.publisher(TEXTS).publish(new Text("k"), MessageId.of(id)).toCompletableFuture();
  }
}
