package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.DeadLetterException;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Operations work from any node, also from one without the partitions and their workers. */
class OperationsClusterTest {
  record Note(String key, int number) implements PerilleMessage {}

  private static final int NOTES = 100;

  /** A text for keys and errors of the maximum length, in characters of three bytes. */
  private static final String LONG_TEXT = "\u20ac".repeat(990);

  private static final Topic<Note> TOPIC =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(2);

  private final Database database = Databases.postgresql();
  private final AtomicBoolean broken = new AtomicBoolean(true);
  private final Queue<Integer> done = new ConcurrentLinkedQueue<>();
  private final Subscription<Note> mail =
      Subscription.of("mail", TOPIC)
          .atLeastOnce(
              delivery -> {
                if (broken.get()) {
                  throw new IllegalStateException(LONG_TEXT);
                }
                done.add(delivery.payload().number());
              })
          .withRetries(RetryPolicy.never())
          .onNodesWithRole("work");
  private Perille worker;
  private Perille desk;

  @BeforeEach
  void start() {
    worker = start(List.of(), List.of("work"));
    desk =
        start(List.of(Cluster.get(worker.system()).selfMember().address().toString()), List.of());
  }

  @AfterEach
  void stop() {
    desk.close();
    worker.close();
  }

  private Perille start(List<String> seedNodes, List<String> roles) {
    return Perille.start(
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.remote.artery.canonical.port",
                    0,
                    "pekko.cluster.roles",
                    roles,
                    "perille.cluster.partition-role",
                    "work",
                    "pekko.cluster.seed-nodes",
                    seedNodes))
            .withFallback(database.config()),
        mail);
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private List<Receipt> publish() throws Exception {
    List<CompletionStage<Receipt>> sent = new ArrayList<>();
    for (int i = 0; i < NOTES; i++) {
      sent.add(desk.publisher(TOPIC).publish(new Note(LONG_TEXT + i, i)));
    }
    List<Receipt> receipts = new ArrayList<>();
    for (CompletionStage<Receipt> receipt : sent) {
      receipts.add(get(receipt));
    }
    return receipts;
  }

  private List<DeadLetter> letters() throws Exception {
    return get(
        desk.subscription(mail)
            .deadLetters()
            .list(DeadLetterFilter.all())
            .runWith(Sink.seq(), desk.system()));
  }

  @Test
  void dead_letters_however_large_are_listed_counted_read_redriven_and_discarded_from_elsewhere()
      throws Exception {
    List<Receipt> receipts = publish();
    await().atMost(180, SECONDS).until(() -> letters().size() == NOTES);
    assertThatThrownBy(() -> get(desk.subscription(mail).awaitHandled(receipts.get(3))))
        .hasCauseInstanceOf(DeadLetterException.class);
    DeadLetter letter = letters().get(77);
    assertThat(letter.errorMessage()).contains(LONG_TEXT);
    DeadLetters<Note> operator = desk.subscription(mail).deadLetters();
    assertThat(get(operator.read(letter)).payload().key()).isEqualTo(letter.key());
    assertThat(get(operator.count(DeadLetterFilter.all())))
        .singleElement()
        .satisfies(count -> assertThat(count.count()).isEqualTo(NOTES));
    assertThat(get(operator.discard(DeadLetterFilter.only(letter), "test"))).isEqualTo(1);
    broken.set(false);
    assertThat(get(operator.redrive(DeadLetterFilter.all(), "monday"))).isEqualTo(NOTES - 1);
    await().atMost(180, SECONDS).until(() -> done.size() == NOTES - 1);
    assertThat(get(operator.redrive(DeadLetterFilter.all(), "monday"))).isEqualTo(NOTES - 1);
    assertThat(letters()).isEmpty();
    assertThat(done).doesNotHaveDuplicates();
  }

  @Test
  void a_subscription_is_paused_and_resumed_from_elsewhere() throws Exception {
    broken.set(false);
    get(desk.subscription(mail).pause("the mail server moves"));
    List<Receipt> receipts = publish();
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                get(desk.subscription(mail).status()).partitions().stream()
                    .allMatch(
                        p -> p.problems().paused().equals(Optional.of("the mail server moves"))));
    assertThat(done).isEmpty();
    get(desk.subscription(mail).resume());
    for (Receipt receipt : receipts) {
      get(desk.subscription(mail).awaitHandled(receipt));
    }
    assertThat(done).hasSize(NOTES);
  }
}
