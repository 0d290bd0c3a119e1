package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.Compression;
import org.perille.ConfigurationException;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalsTest {
  record Text(String key, String text) implements PerilleMessage {}

  record Stranger(String key) {}

  private static final Topic<Text> TEXTS =
      Topic.of("texts", Text.class).keyedBy(Text::key).withPartitions(2);

  private Perille perille;

  @BeforeAll
  void start() {
    perille =
        Perille.start(
            Memory.config(
                "perille.publisher.max-message-bytes = 2 KiB",
                "perille.publisher.buffer-messages = 50"),
            TEXTS);
  }

  @AfterAll
  void stop() {
    perille.close();
  }

  private static void assertRefused(
      CompletableFuture<Receipt> receipt, Reason reason, String... said) {
    assertThatThrownBy(() -> receipt.get(180, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            PublishRefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContainingAll(said);
  }

  private CompletableFuture<Receipt> publish(String key, String text) {
    return perille.publisher(TEXTS).publish(new Text(key, text)).toCompletableFuture();
  }

  @Test
  void a_message_without_a_key_is_refused() {
    assertRefused(publish("", "x"), Reason.INVALID_KEY, "'texts'", "no key");
    assertRefused(publish(null, "x"), Reason.INVALID_KEY, "no key");
    assertRefused(publish("k".repeat(1001), "x"), Reason.INVALID_KEY, "1001", "1000");
  }

  @Test
  void what_not_every_storage_can_keep_is_refused_and_named() {
    assertRefused(publish("k\0", "x"), Reason.INVALID_KEY, "key", "'texts'", "U+0000", "index 1");
    assertRefused(publish("\ud83d", "x"), Reason.INVALID_KEY, "surrogate", "U+D83D");
    Message<Text> message = Message.of(new Text("k", "x"));
    assertRefused(publish(message.withId(MessageId.of("i\0"))), Reason.INVALID_ID, "message id");
    assertRefused(publish(message.withHeader("h\0", "v")), Reason.INVALID_HEADER, "header name");
    assertRefused(
        publish(message.withHeader("h", "v\ude00")),
        Reason.INVALID_HEADER,
        "value of header 'h'",
        "index 1");
  }

  private CompletableFuture<Receipt> publish(Message<Text> message) {
    return perille.publisher(TEXTS).publish(message).toCompletableFuture();
  }

  record Item(String name) {}

  record Box<T>(String key, T content) implements PerilleMessage {}

  @Test
  void a_message_that_would_be_read_as_something_else_is_refused_with_the_field() {
    @SuppressWarnings("rawtypes")
    Topic<Box> boxes = Topic.of("boxes", Box.class).keyedBy(Box::key).withPartitions(1);
    perille.register(boxes);
    assertRefused(
        perille.publisher(boxes).publish(new Box<>("k", new Item("a"))).toCompletableFuture(),
        Reason.UNSERIALIZABLE,
        "'boxes'",
        "Box.content was 'Item[name=a]'",
        "@JsonTypeInfo");
  }

  /** This module doesn't have the optional library. */
  @Test
  void a_topic_whose_compression_has_no_library_is_refused_with_the_dependency_to_add() {
    Topic<Text> compressed =
        Topic.of("compressed", Text.class).keyedBy(Text::key).compressed(Compression.ZSTD);
    assertThatThrownBy(() -> perille.register(compressed))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("topic 'compressed'", "zstd", "com.github.luben:zstd-jni");
    assertThatThrownBy(
            () -> perille.register(Subscription.of("s", compressed).atLeastOnce(delivery -> {})))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("topic 'compressed'");
    perille.register(compressed.compressed(Compression.NONE).withPartitions(1));
  }

  @Test
  void the_settings_choose_the_compression_of_a_topic_and_of_all_others() {
    for (String setting :
        List.of("perille.compression.type = zstd", "perille.compression.topics { texts = zstd }")) {
      assertThatThrownBy(() -> Perille.start(Memory.config(setting), TEXTS))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContainingAll("topic 'texts'", "zstd", "com.github.luben:zstd-jni");
    }
  }

  @Test
  void a_message_that_is_too_large_is_refused_with_the_limit() {
    assertRefused(
        publish("k", "x".repeat(3000)),
        Reason.TOO_LARGE,
        "perille.publisher.max-message-bytes",
        "2048");
  }

  @Test
  void an_id_that_is_too_long_is_refused() {
    assertThatThrownBy(() -> MessageId.of("x".repeat(201)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("201 characters");
    assertRefused(
        publish(Message.of(new Text("k", "x")).withId(MessageId.ofStored("x".repeat(201)))),
        Reason.INVALID_ID,
        "200");
  }

  @Test
  void what_does_not_fit_into_the_buffer_is_refused_at_once_and_the_rest_is_stored()
      throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      receipts.add(publish("k", "x"));
    }
    int refused = 0;
    for (CompletableFuture<Receipt> receipt : receipts) {
      try {
        receipt.get(180, SECONDS);
      } catch (ExecutionException e) {
        assertThat(((PublishRefusedException) e.getCause()).reason()).isEqualTo(Reason.BUFFER_FULL);
        refused++;
      }
    }
    assertThat(refused).isPositive();
    assertThat(publish("k", "x").get(180, SECONDS).duplicate()).isFalse();
  }

  @Test
  void a_topic_that_is_not_registered_has_no_publisher() {
    Topic<Text> other = Topic.of("other", Text.class).keyedBy(Text::key);
    assertThatThrownBy(() -> perille.publisher(other))
        .isInstanceOfSatisfying(
            PublishRefusedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_TOPIC))
        .hasMessageContaining("'other'");
  }

  @Test
  void a_class_without_a_serializer_is_an_error_when_its_topic_is_registered() {
    assertThatThrownBy(
            () -> perille.register(Topic.of("strangers", Stranger.class).keyedBy(Stranger::key)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'strangers'")
        .hasMessageContaining("Stranger");
  }

  @Test
  void two_subscriptions_of_one_name_are_refused() {
    Subscription<Text> first = Subscription.of("twin", TEXTS).atLeastOnce(delivery -> {});
    Subscription<Text> second = Subscription.of("twin", TEXTS).atMostOnce(delivery -> {});
    assertThatThrownBy(() -> perille.register(first, second))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'twin'")
        .hasMessageContaining("rename");
  }

  @Test
  void a_topic_that_is_defined_twice_otherwise_is_refused() {
    assertThatThrownBy(() -> perille.register(TEXTS.withPartitions(3)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'texts'")
        .hasMessageContaining("2 partitions")
        .hasMessageContaining("3 partitions");
  }

  @Test
  void names_with_other_characters_are_refused() {
    assertThatThrownBy(() -> Topic.of("a/b", Text.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'a/b'");
    assertThatThrownBy(() -> Subscription.of("x".repeat(101), TEXTS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void settings_that_are_wrong_are_named_before_anything_starts() {
    assertStartRefused("perille.publisher.time-out = 3s", "perille.publisher.time-out");
    assertStartRefused("perille.publisher.timeout = 1ms", "'timeout' is 1ms");
    assertStartRefused("perille.storage.profile = oracle", "'oracle'", "memory");
    assertStartRefused("pekko.actor.allow-java-serialization = on", "allow-java-serialization");
    assertStartRefused(
        "perille.publisher.max-message-bytes = 1 MiB", "maximum-frame-size", "1048576");
    assertStartRefused(
        "pekko.remote.artery.canonical.hostname = \"192.0.2.1\"",
        "perille.cluster.tls",
        "192.0.2.1");
    assertStartRefused(
        "perille.cluster.tls.certificate = /none.pem",
        "not set: 'perille.cluster.tls.key', 'perille.cluster.tls.trusted'");
    assertStartRefused(
        "perille.cluster.tls { certificate = /none.pem, key = /none.key, trusted = /none.pem }",
        "'perille.cluster.tls.certificate' is '/none.pem': there is no such file");
  }

  @Test
  void time_outs_of_stopping_that_do_not_fit_into_the_shutdown_s_phases_are_refused() {
    assertStartRefused(
        "perille.subscription.stop-timeout = 9s",
        "'perille.subscription.stop-timeout' is PT9S",
        "cluster-sharding-shutdown-region.timeout",
        "PT10S");
    assertStartRefused(
        "perille.subscription.stop-timeout = 8s, pekko.cluster.sharding.handoff-timeout = 14s",
        "handoff-timeout");
    assertStartRefused(
        "perille.cluster.close-timeout = 5s",
        "close-timeout",
        "pekko.coordinated-shutdown.default-phase-timeout");
    assertStartRefused(
        "perille.cluster.close-timeout = 5s,"
            + " pekko.coordinated-shutdown.phases.service-requests-done.timeout = 3s",
        "phases.service-requests-done.timeout");
  }

  private static void assertStartRefused(String setting, String... said) {
    assertThatThrownBy(() -> Perille.start(Memory.config(setting)).close())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(said);
  }

  @Test
  void after_the_stop_publishing_is_refused() throws Exception {
    Perille stopped = Perille.start(Memory.config(), TEXTS);
    var publisher = stopped.publisher(TEXTS);
    publisher.publish(new Text("k", "x")).toCompletableFuture().get(180, SECONDS);
    stopped.close();
    assertRefused(
        publisher.publish(new Text("k", "x")).toCompletableFuture(), Reason.STOPPED, "'texts'");
    assertThat(stopped.health().live()).isFalse();
  }
}
