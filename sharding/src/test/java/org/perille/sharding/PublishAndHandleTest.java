package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishAndHandleTest {
  record Note(String key, int number) implements PerilleMessage {}

  private static final Topic<Note> NOTES =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);

  private final Queue<Delivery<Note>> seen = new ConcurrentLinkedQueue<>();
  private final Subscription<Note> all = Subscription.of("all", NOTES).atLeastOnce(seen::add);
  private Perille perille;

  @BeforeAll
  void start() {
    perille = Perille.start(Memory.config(), NOTES, all);
  }

  @AfterAll
  void stop() {
    perille.close();
  }

  @Test
  void every_published_message_is_handled_in_the_order_of_its_key() throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      receipts.add(
          perille
              .publisher(NOTES)
              .publish(new Note("k" + i % 7, i), MessageId.of("n" + i))
              .toCompletableFuture());
    }
    for (CompletableFuture<Receipt> receipt : receipts) {
      assertThat(receipt.get(180, SECONDS).duplicate()).isFalse();
    }
    await().atMost(180, SECONDS).until(() -> seen.size() >= 1000);
    for (int k = 0; k < 7; k++) {
      String key = "k" + k;
      assertThat(seen.stream().filter(d -> d.key().equals(key)).map(d -> d.payload().number()))
          .isSorted()
          .doesNotHaveDuplicates();
    }
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                perille.subscription(all).status().toCompletableFuture().get(10, SECONDS).lag()
                    == 0);
    List<Receipt> again =
        Source.range(0, 999)
            .map(i -> Message.of(new Note("k" + i % 7, i)).withId(MessageId.of("n" + i)))
            .via(perille.publisher(NOTES).flow())
            .runWith(org.apache.pekko.stream.javadsl.Sink.seq(), perille.system())
            .toCompletableFuture()
            .get(180, SECONDS);
    assertThat(again).hasSize(1000).allMatch(Receipt::duplicate);
  }
}
