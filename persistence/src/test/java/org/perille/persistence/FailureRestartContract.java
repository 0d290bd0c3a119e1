package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.OnExhausted;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/**
 * Goal: failures, dead letters, pauses and operations are unchanged after a restart of the node.
 */
abstract class FailureRestartContract {
  record Note(String key, int number) implements PerilleMessage {}

  private static final Topic<Note> TOPIC =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(1);
  private static final RetryPolicy THREE_ATTEMPTS =
      RetryPolicy.fixed(Duration.ofMillis(10)).withMaxAttempts(3);

  @TempDir Path directory;

  private final Queue<Delivery<Note>> attempts = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> done = new ConcurrentLinkedQueue<>();
  private final Set<Integer> broken = ConcurrentHashMap.newKeySet();
  private Database database;
  private Perille perille;

  abstract Database database(Path directory);

  @BeforeEach
  void createDatabase() {
    database = database(directory);
  }

  @AfterEach
  void stop() {
    perille.close();
  }

  private void start(Subscription<Note> subscription) {
    Config config =
        ConfigFactory.parseString("perille.subscription.cursor-interval = 10ms")
            .withFallback(database.config());
    perille = Perille.start(config, subscription);
  }

  private void restart(Subscription<Note> subscription) {
    perille.close();
    start(subscription);
  }

  private Subscription<Note> mail() {
    return Subscription.of("mail", TOPIC).atLeastOnce(this::handle).withRetries(THREE_ATTEMPTS);
  }

  private void handle(Delivery<Note> delivery) {
    attempts.add(delivery);
    if (broken.contains(delivery.payload().number())) {
      throw new IllegalStateException("planned");
    }
    done.add(delivery.payload().number());
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private Receipt publish(String key, int number) throws Exception {
    return get(perille.publisher(TOPIC).publish(new Note(key, number)));
  }

  private PartitionProblems problems(Subscription<Note> subscription) throws Exception {
    return get(perille.subscription(subscription).status()).partitions().get(0).problems();
  }

  private List<DeadLetter> awaitLetters(Subscription<Note> subscription, int count)
      throws Exception {
    await().atMost(180, SECONDS).until(() -> letters(subscription).size() == count);
    return letters(subscription);
  }

  private List<DeadLetter> letters(Subscription<Note> subscription) throws Exception {
    return get(
        perille
            .subscription(subscription)
            .deadLetters()
            .list(DeadLetterFilter.all())
            .runWith(Sink.seq(), perille.system()));
  }

  private void awaitWaiting(Subscription<Note> subscription, long messages) {
    await().atMost(180, SECONDS).until(() -> problems(subscription).waiting() == messages);
  }

  private void awaitWell(Subscription<Note> subscription) {
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                get(perille.subscription(subscription).status()).lag() == 0
                    && problems(subscription).equals(PartitionProblems.none()));
  }

  @Test
  void a_pause_lasts_until_it_is_ended() throws Exception {
    start(mail());
    get(perille.subscription(mail()).pause("maintenance"));
    restart(mail());
    publish("a", 0);
    await()
        .atMost(180, SECONDS)
        .until(() -> problems(mail()).paused().orElse("").contains("maintenance"));
    assertThat(attempts).isEmpty();
    get(perille.subscription(mail()).resume());
    awaitWell(mail());
    restart(mail());
    get(perille.subscription(mail()).awaitHandled(publish("a", 1)));
    assertThat(done).containsExactly(0, 1);
  }

  @Test
  void what_at_most_once_has_taken_and_not_begun_is_not_lost() throws Exception {
    Subscription<Note> mail = Subscription.of("mail", TOPIC).atMostOnce(this::handle);
    start(mail);
    get(perille.subscription(mail).pause("maintenance"));
    for (int i = 0; i < 20; i++) {
      publish("a" + i % 3, i);
    }
    await().atMost(180, SECONDS).until(() -> get(perille.subscription(mail).status()).lag() == 0);
    restart(mail);
    assertThat(attempts).isEmpty();
    get(perille.subscription(mail).resume());
    await().atMost(180, SECONDS).until(() -> done.size() >= 20);
    assertThat(done).hasSize(20).doesNotHaveDuplicates();
  }

  @Test
  void dead_letters_and_the_order_of_their_keys_are_kept() throws Exception {
    Subscription<Note> mail = mail().onExhausted(OnExhausted.PARK_KEY);
    broken.addAll(List.of(0, 10));
    start(mail);
    for (int i = 0; i < 4; i++) {
      publish("a", i);
      publish("b", 10 + i);
    }
    List<DeadLetter> letters = awaitLetters(mail, 2);
    awaitWaiting(mail, 6);
    restart(mail);
    assertThat(awaitLetters(mail, 2)).isEqualTo(letters);
    publish("a", 4);
    awaitWaiting(mail, 7);
    assertThat(problems(mail).parkedKeys()).isEqualTo(2);
    broken.clear();
    assertThat(
            get(
                perille
                    .subscription(mail)
                    .deadLetters()
                    .redrive(DeadLetterFilter.all().withKey("a"))))
        .isEqualTo(1);
    awaitWaiting(mail, 3);
    await().atMost(180, SECONDS).until(() -> done.size() == 5);
    restart(mail);
    assertThat(
            get(perille.subscription(mail).deadLetters().discard(DeadLetterFilter.all(), "test")))
        .isEqualTo(1);
    awaitWell(mail);
    assertThat(done).containsExactly(0, 1, 2, 3, 4, 11, 12, 13);
  }

  @Test
  void a_stopped_partition_stays_stopped() throws Exception {
    Subscription<Note> mail = mail().onExhausted(OnExhausted.STOP_PARTITION);
    broken.add(0);
    start(mail);
    publish("a", 0);
    awaitLetters(mail, 1);
    restart(mail);
    publish("b", 1);
    await()
        .atMost(180, SECONDS)
        .until(() -> problems(mail).paused().orElse("").contains("offset 0"));
    assertThat(done).isEmpty();
    broken.clear();
    assertThat(get(perille.subscription(mail).deadLetters().redrive(DeadLetterFilter.all())))
        .isEqualTo(1);
    awaitWell(mail);
    assertThat(done).containsExactlyInAnyOrder(0, 1);
  }

  @Test
  void attempts_go_on_counting() throws Exception {
    Subscription<Note> mail =
        mail().withRetries(RetryPolicy.fixed(Duration.ofMillis(500)).withMaxAttempts(4));
    broken.add(0);
    start(mail);
    publish("a", 0);
    await().atMost(180, SECONDS).until(() -> attempts.size() == 2);
    restart(mail);
    assertThat(awaitLetters(mail, 1).get(0).attempts()).isEqualTo(4);
    assertThat(attempts).extracting(Delivery::attempt).containsExactly(1, 2, 3, 4);
  }

  @Test
  void an_order_is_remembered() throws Exception {
    broken.add(0);
    start(mail());
    publish("a", 0);
    awaitLetters(mail(), 1);
    assertThat(
            get(
                perille
                    .subscription(mail())
                    .deadLetters()
                    .redrive(DeadLetterFilter.all(), "monday")))
        .isEqualTo(1);
    await().atMost(180, SECONDS).until(() -> attempts.size() == 6);
    awaitLetters(mail(), 1);
    restart(mail());
    assertThat(
            get(
                perille
                    .subscription(mail())
                    .deadLetters()
                    .redrive(DeadLetterFilter.all(), "monday")))
        .isEqualTo(1);
    assertThat(awaitLetters(mail(), 1).get(0).attempts()).isEqualTo(6);
    get(perille.subscription(mail()).awaitHandled(publish("a", 1)));
    assertThat(attempts).hasSize(7);
  }

  @Test
  void a_delayed_message_still_waits_and_its_key_behind_it() throws Exception {
    start(mail());
    get(
        perille
            .publisher(TOPIC)
            .publish(Message.of(new Note("a", 0)).delayedBy(Duration.ofHours(1))));
    publish("a", 1);
    awaitWaiting(mail(), 2);
    restart(mail());
    get(perille.subscription(mail()).awaitHandled(publish("b", 2)));
    awaitWaiting(mail(), 2);
    assertThat(done).containsExactly(2);
  }

  @ParameterizedTest
  @EnumSource
  void a_transactional_effect_that_was_given_up_happens_once_when_it_is_redriven(OnExhausted action)
      throws Exception {
    execute("CREATE TABLE ledger (number INTEGER, place BIGINT GENERATED ALWAYS AS IDENTITY)");
    Subscription<Note> payment =
        Subscription.of("payment", TOPIC)
            .effectivelyOnce(JdbcHandler.of(database.application(), this::charge))
            .withRetries(THREE_ATTEMPTS)
            .onExhausted(action);
    broken.add(1);
    start(payment);
    for (int i = 0; i < 4; i++) {
      publish("a", i);
    }
    List<DeadLetter> letters = awaitLetters(payment, 1);
    assertThat(letters.get(0).consequence()).isEqualTo(action);
    restart(payment);
    assertThat(awaitLetters(payment, 1)).isEqualTo(letters);
    broken.clear();
    assertThat(get(perille.subscription(payment).deadLetters().redrive(DeadLetterFilter.all())))
        .isEqualTo(1);
    awaitWell(payment);
    restart(payment);
    get(perille.subscription(payment).awaitHandled(publish("a", 4)));
    assertThat(ledger())
        .isEqualTo(
            action == OnExhausted.CONTINUE ? List.of(0, 2, 3, 1, 4) : List.of(0, 1, 2, 3, 4));
  }

  private void charge(Connection connection, Delivery<Note> delivery) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO ledger (number) VALUES (?)")) {
      insert.setInt(1, delivery.payload().number());
      insert.executeUpdate();
    }
    handle(delivery);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<Integer> ledger() throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT number FROM ledger ORDER BY place")) {
      List<Integer> numbers = new ArrayList<>();
      while (rows.next()) {
        numbers.add(rows.getInt(1));
      }
      return numbers;
    }
  }
}
