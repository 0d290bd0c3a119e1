package org.perille.proof.soak;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.Reset;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;

/**
 * A run of a node over many rounds and restarts, to detect growth.
 *
 * <p>In each round messages are published. Some fail, are retried, and become dead letters, which
 * are redriven or discarded. From time to time a subscription is reset, or the node restarts with
 * changed definitions. After each round all messages are handled, and are counted exactly.
 */
final class Soak implements AutoCloseable {
  private static final int KEYS = 30;

  /** The number of new keys in each round. */
  private static final int NEW_KEYS = 3;

  private static final int ROUNDS_A_LIFE = 4;
  private static final int RESET_EVERY = 3;
  private static final long TIMEOUT_SECONDS = 600;
  private static final long LOOK_AGAIN_AFTER_MILLIS = 20;

  private final Storage storage;
  private final Config config;
  private final Measures measures;
  private final int messagesARound;
  private final AtomicLong noted = new AtomicLong();
  private final List<Sample> samples = new ArrayList<>();
  private long published;
  private int lives;
  private Subscribers subscribers;
  private Perille perille;

  /** Prepares the run on an empty database. */
  Soak(Storage storage, int messagesARound) throws SQLException {
    this.storage = storage;
    this.messagesARound = messagesARound;
    this.measures = new Measures(storage);
    this.config =
        ConfigFactory.parseMap(storage.settings())
            .withFallback(ConfigFactory.parseResources("soak.conf"));
    execute(Subscribers.CREATE_LEDGER);
  }

  List<Sample> samples() {
    return List.copyOf(samples);
  }

  int lives() {
    return lives;
  }

  /** Runs one more round, and takes a sample at its end. */
  Sample round() throws Exception {
    int round = samples.size() + 1;
    if ((round - 1) % ROUNDS_A_LIFE == 0) {
      startAnew();
    }
    Instant begin = Instant.now();
    publish(round);
    awaitHandled();
    tendDeadLetters();
    if (round % RESET_EVERY == 0) {
      Reset reset = Reset.to(StartPosition.timestamp(begin)).withId("round-" + round);
      await(perille.subscription(subscribers.counting()).reset(reset));
      // Repeated, as by a script that was restarted: it handles nothing again.
      await(perille.subscription(subscribers.counting()).reset(reset));
    }
    awaitHandled();
    requireExact();
    Sample sample = measures.sample(round, published);
    samples.add(sample);
    return sample;
  }

  private void startAnew() throws Exception {
    close();
    lives++;
    subscribers = new Subscribers(storage.database(), lives, noted);
    perille = Perille.create(ConfigFactory.load(config), subscribers.definitions()).start();
    if (!subscribers.hasPassing()) {
      await(perille.removeSubscription(Subscribers.LETTERS.name(), Subscribers.PASSING));
      require(
          0,
          count(
              "SELECT COUNT(*) FROM perille_subscription WHERE name = 'passing' AND removed_at IS NULL"),
          "registered subscriptions that were removed");
    }
  }

  private void publish(int round) throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < messagesARound; i++) {
      long number = ++published;
      Letter letter =
          new Letter(
              i % KEYS < NEW_KEYS ? "of-" + round + "-" + i % KEYS : "key-" + i % KEYS, number);
      CompletionStage<Receipt> receipt =
          number % 2 == 0
              ? perille.publisher(Subscribers.LETTERS).publish(letter)
              : perille
                  .publisher(Subscribers.LETTERS)
                  .publish(letter, MessageId.of("id-" + number));
      receipts.add(receipt.toCompletableFuture());
    }
    for (CompletableFuture<Receipt> receipt : receipts) {
      Receipt unused = await(receipt);
    }
  }

  /** Redrives every other dead letter, which then succeeds, and discards the rest. */
  private void tendDeadLetters() throws Exception {
    DeadLetters<Letter> letters = perille.subscription(subscribers.failing()).deadLetters();
    List<DeadLetter> all =
        await(letters.list(DeadLetterFilter.all()).runWith(Sink.seq(), perille.system()));
    boolean redrives = true;
    for (DeadLetter letter : all) {
      DeadLetterFilter only = DeadLetterFilter.only(letter);
      long concerned =
          await(redrives ? letters.redrive(only) : letters.discard(only, "not needed any more"));
      require(1, concerned, "dead letters that an operation has concerned");
      redrives = !redrives;
    }
    awaitHandled();
    require(
        0,
        await(perille.subscription(subscribers.failing()).status()).deadLetters(),
        "dead letters that are left");
  }

  private void awaitHandled() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    for (Subscription<Letter> subscription : subscribers.all()) {
      SubscriptionStatus status = await(perille.subscription(subscription).status());
      while (!status.attached() || status.lag() > 0) {
        if (System.nanoTime() > end) {
          throw new TimeoutException("not handled: " + status);
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_AFTER_MILLIS);
        status = await(perille.subscription(subscription).status());
      }
    }
  }

  /**
   * Checks exact counts: a node that stops in good order repeats nothing and skips nothing,
   * whatever changes.
   */
  private void requireExact() throws SQLException {
    require(published, noted.get(), "messages noted once each");
    require(messagesARound, count("SELECT COUNT(*) FROM ledger"), "rows in the ledger");
    require(
        messagesARound,
        count("SELECT COUNT(DISTINCT number) FROM ledger"),
        "messages in the ledger");
    execute("DELETE FROM ledger");
  }

  private static void require(long expected, long found, String what) {
    if (expected != found) {
      throw new IllegalStateException(
          "%s: expected %d, and found %d".formatted(what, expected, found));
    }
  }

  private long count(String sql) throws SQLException {
    try (Connection connection = storage.database().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = storage.database().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static <T> T await(CompletionStage<T> stage)
      throws InterruptedException, ExecutionException, TimeoutException {
    return stage.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    if (perille != null) {
      perille.close();
      perille = null;
    }
  }
}
