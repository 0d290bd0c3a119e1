package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Compression;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.OnExhausted;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.UndecodableException;
import org.perille.persistence.Databases.Database;

/** Topics with compressed batches, on every database, by everything that reads a log. */
abstract class CompressionContract {
  record Note(String key, int number, String text) implements PerilleMessage {}

  private static final int KEYS = 7;
  private static final Topic<Note> NOTES =
      Topic.of("team.notes", Note.class)
          .keyedBy(Note::key)
          .withPartitions(2)
          .compressed(Compression.LZ4);

  @TempDir Path directory;

  private Database database;

  abstract Database database(Path directory);

  @BeforeEach
  void createDatabase() {
    database = database(directory);
  }

  private Config with(String settings) {
    return ConfigFactory.parseString(settings)
        .withFallback(ConfigFactory.parseString("perille.subscription.cursor-interval = 10ms"))
        .withFallback(database.config());
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private static Note note(int number) {
    return new Note("key-" + number % KEYS, number, "a text that is repeated ".repeat(5) + number);
  }

  /** Publishes at once, so that the messages form few batches. */
  private static List<Receipt> publish(Perille perille, int from, int to) throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int number = from; number < to; number++) {
      receipts.add(
          perille
              .publisher(NOTES)
              .publish(
                  Message.of(note(number))
                      .withId(MessageId.of("note-" + number))
                      .withHeaders(Map.of("number", Integer.toString(number))))
              .toCompletableFuture());
    }
    List<Receipt> all = new ArrayList<>();
    for (CompletableFuture<Receipt> receipt : receipts) {
      all.add(get(receipt));
    }
    return all;
  }

  private List<String> storedManifests() throws SQLException {
    List<String> manifests = new ArrayList<>();
    try (Connection connection = database.storage().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT DISTINCT \"event_ser_manifest\" FROM \"perille_journal\"")) {
      while (rows.next()) {
        manifests.add(rows.getString(1));
      }
    }
    return manifests;
  }

  @Test
  void a_log_whose_compression_was_changed_is_read_as_a_whole() throws Exception {
    int messages = 0;
    for (String type : List.of("none", "lz4", "zstd", "lz4")) {
      try (Perille perille =
          Perille.start(
              with("perille.compression.topics { \"team.notes\" = " + type + " }"), NOTES)) {
        publish(perille, messages, messages + 100);
        messages += 100;
        // What was stored compressed, and what was stored plain, is still known.
        assertThat(publish(perille, messages - 200 < 0 ? 0 : messages - 200, messages))
            .allMatch(Receipt::duplicate);
      }
    }
    assertThat(storedManifests()).contains("batch-appended", "batch-appended-compressed");
    Queue<Delivery<Note>> seen = new ConcurrentLinkedQueue<>();
    Subscription<Note> reading = Subscription.of("reading", NOTES).atLeastOnce(seen::add);
    int count = messages;
    try (Perille perille = Perille.start(with(""), reading)) {
      await().atMost(180, SECONDS).until(() -> seen.size() >= count);
      assertThat(seen)
          .extracting(Delivery::payload)
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, count).mapToObj(CompressionContract::note).toList());
      assertThat(seen)
          .allMatch(
              delivery ->
                  delivery
                      .headers()
                      .equals(Map.of("number", Integer.toString(delivery.payload().number()))));
      List<StoredMessage<Note>> history =
          get(perille.topic(NOTES).key("key-3").history().runWith(Sink.seq(), perille.system()));
      assertThat(history)
          .extracting(message -> message.payload().number())
          .containsExactlyElementsOf(
              IntStream.range(0, count).filter(n -> n % KEYS == 3).boxed().toList());
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

  private static Subscription<Note> mail(Queue<Delivery<Note>> seen) {
    return Subscription.of("mail", NOTES)
        .atLeastOnce(seen::add)
        .withRetries(RetryPolicy.never())
        .onExhausted(OnExhausted.CONTINUE);
  }

  @Test
  void messages_beyond_the_limit_are_dead_letters_until_it_is_raised() throws Exception {
    try (Perille perille = Perille.start(with(""), NOTES)) {
      publish(perille, 0, 100);
    }
    Queue<Delivery<Note>> seen = new ConcurrentLinkedQueue<>();
    Subscription<Note> mail = mail(seen);
    String small =
        "perille { compression.max-decompressed-bytes = 1 KiB, publisher { batch-bytes = 1 KiB,"
            + " max-message-bytes = 1 KiB } }";
    int unreadable;
    try (Perille perille = Perille.start(with(small), mail)) {
      await().atMost(180, SECONDS).until(() -> seen.size() + letters(perille, mail).size() == 100);
      List<DeadLetter> letters = letters(perille, mail);
      unreadable = letters.size();
      assertThat(unreadable).isGreaterThan(50);
      DeadLetter letter = letters.get(0);
      assertThat(letter.failure()).isEqualTo(DeadLetter.Failure.UNDECODABLE);
      assertThat(letter.errorMessage().orElseThrow())
          .contains(
              "offset " + letter.offset(),
              "team.notes",
              "perille.compression.max-decompressed-bytes of 1024");
      StoredMessage<Note> stored = get(perille.subscription(mail).deadLetters().read(letter));
      assertThat(stored.key()).startsWith("key-");
      assertThatThrownBy(stored::payload)
          .isInstanceOf(UndecodableException.class)
          .hasMessageContaining("max-decompressed-bytes");
    }
    try (Perille perille = Perille.start(with(""), mail)) {
      DeadLetters<Note> letters = perille.subscription(mail).deadLetters();
      StoredMessage<Note> readable = get(letters.read(letters(perille, mail).get(0)));
      assertThat(readable.payload()).isEqualTo(note(readable.payload().number()));
      assertThat(get(letters.redrive(DeadLetterFilter.all()))).isEqualTo(unreadable);
      await().atMost(180, SECONDS).until(() -> seen.size() == 100);
      assertThat(seen)
          .extracting(Delivery::payload)
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, 100).mapToObj(CompressionContract::note).toList());
    }
  }
}
