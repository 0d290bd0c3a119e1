package org.perille.persistence;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.pekko.stream.javadsl.Sink;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.OnExhausted;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.Topic;

/**
 * A process whose handler ends it when it receives one of the messages.
 *
 * <p>When no message is left it prints its dead letters and ends normally.
 */
final class Suicidal {
  static final int MESSAGES = 12;
  static final int DEADLY = 5;
  static final int MAX_ATTEMPTS = 2;

  /** The exit code of a killed process. */
  static final int EXIT_CODE = 137;

  record Note(String key, int number) implements PerilleMessage {}

  private static final Topic<Note> TOPIC =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(1);

  private Suicidal() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    DataSource application = Databases.h2(directory).application();
    Subscription<Note> subscription =
        (arguments[1].equals("transaction")
                ? Subscription.of("notes", TOPIC)
                    .effectivelyOnce(
                        JdbcHandler.of(application, (c, delivery) -> handle(c, delivery)))
                : Subscription.of("notes", TOPIC)
                    .atLeastOnce(delivery -> handle(directory, delivery)))
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(50)).withMaxAttempts(MAX_ATTEMPTS))
            .onExhausted(OnExhausted.CONTINUE);
    createTable(application);
    try (Perille perille =
        Perille.start(
            ConfigFactory.parseMap(
                    Map.of(
                        "perille.storage.profile",
                        "h2",
                        "perille.storage.h2.directory",
                        directory.toString()))
                .withFallback(ConfigFactory.load()),
            subscription)) {
      for (int i = 0; i < MESSAGES; i++) {
        perille
            .publisher(TOPIC)
            .publish(Message.of(new Note("k" + i % 3, i)).withId(MessageId.of("note-" + i)))
            .toCompletableFuture()
            .get(180, TimeUnit.SECONDS);
      }
      awaitEnd(perille, subscription);
      System.out.println(letters(perille, subscription));
    }
  }

  private static void awaitEnd(Perille perille, Subscription<Note> subscription) throws Exception {
    SubscriptionStatus status;
    do {
      TimeUnit.MILLISECONDS.sleep(20);
      status =
          perille
              .subscription(subscription)
              .status()
              .toCompletableFuture()
              .get(180, TimeUnit.SECONDS);
    } while (!status.attached() || status.lag() > 0);
  }

  private static List<DeadLetter> letters(Perille perille, Subscription<Note> subscription)
      throws Exception {
    return perille
        .subscription(subscription)
        .deadLetters()
        .list(DeadLetterFilter.all())
        .runWith(Sink.seq(), perille.system())
        .toCompletableFuture()
        .get(180, TimeUnit.SECONDS);
  }

  private static void createTable(DataSource application) throws SQLException {
    try (Connection connection = application.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS handled (number INTEGER)");
    }
  }

  private static void handle(Path directory, Delivery<Note> delivery) throws Exception {
    endIfDeadly(delivery);
    Files.writeString(
        directory.resolve("handled"),
        delivery.payload().number() + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static void handle(Connection connection, Delivery<Note> delivery) throws SQLException {
    endIfDeadly(delivery);
    try (Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO handled VALUES (" + delivery.payload().number() + ")");
    }
  }

  private static void endIfDeadly(Delivery<Note> delivery) {
    if (delivery.payload().number() == DEADLY) {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
  }
}
