package org.perille.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.Test;
import org.perille.Codec;
import org.perille.ConfigurationException;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.PublishRefusedException;
import org.perille.RetryPolicy;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.UndecodableException;
import org.perille.jackson.Jackson2Codec;

/** Whatever shows messages shows those of topics with codecs. */
class CodecTopicsTest {
  private static final Duration HOUR = Duration.ofHours(1);

  /** Neither a record nor a class with a marker. */
  record Order(String id, int amount) {}

  record Invoice(Order order) {}

  /** Errors of the application's codec. */
  private static final Codec<Order> FAILING =
      Codec.of(
          "failing",
          Order.class,
          order -> {
            if (order.amount() == 13) {
              throw new StackOverflowError("planned");
            }
            return (order.id() + ":" + order.amount()).getBytes(StandardCharsets.UTF_8);
          },
          bytes -> {
            String[] fields = new String(bytes, StandardCharsets.UTF_8).split(":", 2);
            if (fields[1].equals("14")) {
              throw new NoClassDefFoundError("planned");
            }
            return new Order(fields[0], Integer.parseInt(fields[1]));
          });

  private static final Topic<Order> ORDERS = topic("orders");
  private static final Topic<Order> LETTERS = topic("letters");
  private static final Topic<Invoice> INVOICES =
      Topic.of("invoices", Jackson2Codec.of(Invoice.class))
          .keyedBy(invoice -> invoice.order().id())
          .withPartitions(1);

  private static Topic<Order> topic(String name) {
    return Topic.of(name, Jackson2Codec.of(Order.class)).keyedBy(Order::id).withPartitions(1);
  }

  private static <T> List<StoredMessage<T>> history(
      PerilleTestKit kit, Topic<T> topic, String key) {
    return kit.perille()
        .topic(topic)
        .key(key)
        .history()
        .runWith(Sink.seq(), kit.perille().system())
        .toCompletableFuture()
        .join();
  }

  @Test
  void handlers_publish_to_topics_with_codecs() {
    Subscription<Order> invoicing =
        Subscription.of("invoicing", ORDERS)
            .effectivelyOnce(
                (Delivery<Order> delivery) ->
                    Effect.none().publish(INVOICES, new Invoice(delivery.payload())));
    Subscription<Invoice> mailing =
        Subscription.of("mailing", INVOICES).atLeastOnce(delivery -> {});
    try (PerilleTestKit kit = PerilleTestKit.start(invoicing, mailing)) {
      Order order = new Order("o-1", 5);
      kit.publish(ORDERS, order);
      kit.awaitAllHandled();
      assertThat(kit.handled(mailing)).containsExactly(new Invoice(order));
      assertThat(kit.attempts(invoicing).get(0).payload()).isEqualTo(order);
      StoredMessage<Order> stored = history(kit, ORDERS, "o-1").get(0);
      assertThat(stored.payload()).isEqualTo(order);
      assertThat(stored.manifest()).isEqualTo("json#1");
    }
  }

  @Test
  void a_dead_letter_shows_its_message_and_is_forwarded_and_redriven() throws Exception {
    Subscription<Order> failing =
        Subscription.of("failing", ORDERS)
            .atLeastOnce(delivery -> {})
            .withRetries(RetryPolicy.never())
            .withDeadLetterTopic(LETTERS);
    Subscription<Order> letters = Subscription.of("letters", LETTERS).atLeastOnce(delivery -> {});
    try (PerilleTestKit kit = PerilleTestKit.start(failing, letters)) {
      Order order = new Order("o-1", 5);
      kit.faults(failing).fail(1);
      kit.publish(ORDERS, order);
      DeadLetter letter = kit.awaitDeadLetters(failing, 1).get(0);
      var deadLetters = kit.perille().subscription(failing).deadLetters();
      assertThat(deadLetters.read(letter).toCompletableFuture().get().payload()).isEqualTo(order);
      await()
          .atMost(PerilleTestKit.DEFAULT_POLLING)
          .untilAsserted(() -> assertThat(kit.handled(letters)).containsExactly(order));
      deadLetters.redrive(DeadLetterFilter.all()).toCompletableFuture().get();
      kit.awaitAttempts(failing, 2);
      kit.awaitDeadLetters(failing, 0);
    }
  }

  @Test
  void errors_of_a_codec_concern_one_message() {
    Topic<Order> topic = Topic.of("failing", FAILING).keyedBy(Order::id).withPartitions(1);
    Subscription<Order> reader =
        Subscription.of("reader", topic)
            .atLeastOnce(delivery -> {})
            .withRetries(RetryPolicy.fixed(HOUR).withMaxAttempts(2));
    try (PerilleTestKit kit = PerilleTestKit.start(reader)) {
      kit.publish(topic, new Order("o-1", 1));
      assertThatThrownBy(() -> get(kit.perille().publisher(topic).publish(new Order("o-1", 13))))
          .hasCauseInstanceOf(PublishRefusedException.class)
          .hasStackTraceContaining("planned");
      kit.publish(topic, new Order("o-1", 14));
      kit.publish(topic, new Order("o-2", 2));
      kit.letTimePassUntilSettled(HOUR.multipliedBy(2));
      assertThat(kit.handled(reader)).extracting(Order::amount).containsExactly(1, 2);
      DeadLetter letter = kit.awaitDeadLetters(reader, 1).get(0);
      assertThat(letter.failure()).isEqualTo(DeadLetter.Failure.UNDECODABLE);
      assertThat(letter.errorMessage().orElseThrow())
          .contains("failing", "offset 1", "'failing#1'", "codec 'failing' version 1", "planned");
      StoredMessage<Order> stored = history(kit, topic, "o-1").get(1);
      assertThat(stored.isDecodable()).isFalse();
      assertThatThrownBy(stored::payload)
          .isInstanceOf(UndecodableException.class)
          .hasMessageContainingAll("failing", "offset 1", "planned");
    }
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get();
  }

  @Test
  void a_dead_letter_topic_that_does_not_read_the_codec_is_refused() {
    Subscription<Order> subscription =
        Subscription.of("reader", ORDERS).atLeastOnce(delivery -> {});
    Topic<Order> other = Topic.of("letters", FAILING).keyedBy(Order::id).withPartitions(1);
    assertThatThrownBy(() -> subscription.withDeadLetterTopic(other))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("topic 'letters'", "codec 'json' version 1", "alsoReading");
    subscription.withDeadLetterTopic(other.alsoReading(Jackson2Codec.of(Order.class)));
  }

  @Test
  void definitions_of_one_topic_must_have_the_same_codec() {
    try (PerilleTestKit kit =
        PerilleTestKit.start(Subscription.of("reader", ORDERS).atLeastOnce(delivery -> {}))) {
      Topic<Order> other = Topic.of("orders", FAILING).keyedBy(Order::id).withPartitions(1);
      assertThatThrownBy(() -> kit.register(other))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContainingAll("topic 'orders'", "codec 'json' version 1", "codec 'failing'");
    }
  }
}
