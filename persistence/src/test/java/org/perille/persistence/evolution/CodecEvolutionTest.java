package org.perille.persistence.evolution;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.Config;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Codec;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.Message;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.jackson.Jackson2Codec;
import org.perille.persistence.Databases;

/** A topic reads what it stored before its form changed, and names what it can't read. */
class CodecEvolutionTest {
  record Note(String text, int number) implements PerilleMessage {}

  private static final Codec<Note> LINES =
      Codec.of(
          "lines",
          Note.class,
          note -> (note.number() + " " + note.text()).getBytes(StandardCharsets.UTF_8),
          bytes -> {
            String[] line = new String(bytes, StandardCharsets.UTF_8).split(" ", 2);
            return new Note(line[1], Integer.parseInt(line[0]));
          });

  /** Version 1 called the text "label". */
  private static final Jackson2Codec<Note> SECOND =
      Jackson2Codec.of(Note.class)
          .withVersion(
              2,
              (json, from) -> {
                ObjectNode note = (ObjectNode) json;
                note.set("text", note.remove("label"));
                return note;
              });

  record Old(String label, int number) {}

  @TempDir Path directory;

  private Config config;
  private final List<Note> handled = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() {
    config = Databases.h2(directory).config();
  }

  private static <T> Topic<T> topic(Codec<T> codec) {
    return Topic.of("notes", codec).keyedBy(any -> "key").withPartitions(1);
  }

  private Subscription<Note> reader(Topic<Note> topic) {
    return Subscription.of("reader", topic)
        .atLeastOnce(delivery -> handled.add(delivery.payload()))
        .withRetries(RetryPolicy.never());
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private <T> void publish(Topic<T> topic, T message) throws Exception {
    try (Perille perille = Perille.start(config, topic)) {
      get(perille.publisher(topic).publish(message));
    }
  }

  private void awaitHandled(Note... notes) {
    await().atMost(180, SECONDS).untilAsserted(() -> assertThat(handled).containsExactly(notes));
  }

  @Test
  void a_topic_reads_what_it_stored_by_a_class_by_older_versions_and_by_another_codec()
      throws Exception {
    publish(
        Topic.of("notes", Note.class).keyedBy(any -> "key").withPartitions(1), new Note("a", 1));
    publish(topic(LINES), new Note("b", 2));
    publish(topic(Jackson2Codec.of(Old.class)), new Old("c", 3));
    publish(topic(SECOND), new Note("d", 4));
    Subscription<Note> reader = reader(topic(SECOND).alsoReading(LINES));
    try (Perille perille = Perille.start(config, reader)) {
      awaitHandled(new Note("a", 1), new Note("b", 2), new Note("c", 3), new Note("d", 4));
      assertThat(
              get(
                  perille
                      .topic(reader.topic())
                      .key("key")
                      .history()
                      .map(message -> message.manifest() + " " + message.payload().text())
                      .runWith(Sink.seq(), perille.system())))
          .containsExactly(Note.class.getName() + " a", "lines#1 b", "json#1 c", "json#2 d");
    }
  }

  @Test
  void what_can_not_be_read_is_named_and_is_handled_when_the_codec_is_there() throws Exception {
    publish(topic(LINES), new Note("a", 1));
    publish(topic(SECOND), new Note("b", 2));
    Subscription<Note> without = reader(topic(Jackson2Codec.of(Note.class)));
    try (Perille perille = Perille.start(config, without)) {
      await()
          .atMost(180, SECONDS)
          .untilAsserted(() -> assertThat(letters(perille, without)).hasSize(2));
      List<DeadLetter> letters = letters(perille, without);
      assertThat(letters)
          .extracting(DeadLetter::failure)
          .containsOnly(DeadLetter.Failure.UNDECODABLE);
      assertThat(letters.get(0).errorMessage().orElseThrow())
          .contains("notes", "offset 0", "'lines#1'", "codec 'json' version 1", "alsoReading");
      assertThat(letters.get(1).errorMessage().orElseThrow())
          .contains("notes", "offset 1", "'json#2'", "codec 'json' version 1", "newer version");
    }
    Subscription<Note> with = reader(topic(SECOND).alsoReading(LINES));
    try (Perille perille = Perille.start(config, with)) {
      get(perille.subscription(with).deadLetters().redrive(DeadLetterFilter.all()));
      awaitHandled(new Note("a", 1), new Note("b", 2));
    }
  }

  @Test
  void interceptors_see_messages_and_not_bytes() throws Exception {
    List<Object> seen = new CopyOnWriteArrayList<>();
    DeliveryInterceptor interceptor =
        new DeliveryInterceptor() {
          @Override
          public Map<String, String> headersOf(Topic<?> topic, Message<?> message) {
            return Map.of("payload", message.payload().toString());
          }

          @Override
          public Scope enter(String subscription, Delivery<?> delivery) {
            seen.add(delivery.payload() + " " + delivery.headers());
            return Scope.NONE;
          }
        };
    Subscription<Note> reader = reader(topic(LINES));
    try (Perille perille =
        Perille.start(config, NodeOptions.none().withInterceptor(interceptor), reader)) {
      Note note = new Note("a", 1);
      get(perille.publisher(reader.topic()).publish(note));
      awaitHandled(note);
      assertThat(seen).containsExactly(note + " {payload=" + note + "}");
    }
  }

  private static List<DeadLetter> letters(Perille perille, Subscription<Note> subscription)
      throws Exception {
    return get(
        perille
            .subscription(subscription)
            .deadLetters()
            .list(DeadLetterFilter.all())
            .runWith(Sink.seq(), perille.system()));
  }
}
