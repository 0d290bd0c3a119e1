package org.perille.proof.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.perille.Outbox;
import org.perille.Perille;
import org.perille.PerilleException;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.jackson.Jackson2Codec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An application that books in a table of its own, and publishes each booking through an outbox.
 *
 * <p>A booking is a row of the table. It is inserted in the transaction that inserts the message.
 * So the table shows which transactions have committed, also when a commit had no answer.
 */
public final class Bookings {
  /** Creates the application's own table. */
  public static final String CREATE =
      "CREATE TABLE booking (item_value VARCHAR(300) NOT NULL PRIMARY KEY)";

  /** The topic. Its messages can be inserted as JSON by SQL. */
  static final Topic<Item> TOPIC =
      Topic.of("bookings", Jackson2Codec.of(Item.class)).keyedBy(Item::key).withPartitions(3);

  private static final Logger LOG = LoggerFactory.getLogger(Bookings.class);
  private static final long AGAIN_AFTER_MILLIS = 50;

  private static final List<String> KEYS =
      Stream.concat(
              IntStream.range(0, 6).mapToObj(number -> "account-" + number),
              KeyKind.samples().stream())
          .toList();

  private final DataSource database;
  private final Outbox outbox;
  private final Subscription<Item> subscription;

  /**
   * Creates the outbox and the subscription of a process.
   *
   * @param database the application's database, which all processes share
   */
  public Bookings(DataSource database, Witness witness, Timing tempo) {
    this.database = database;
    this.outbox = Outbox.of(database).named("bookings");
    HandlerScript calm = new HandlerScript(Duration.ZERO, tempo.hang(), witness);
    this.subscription =
        Subscription.of("booked", TOPIC)
            .atLeastOnce(calm::undergo)
            .withRetries(
                RetryPolicy.exponential(tempo.firstRetry(), tempo.lastRetry())
                    .withUnlimitedAttempts())
            .onNodesWithRole(Workload.NODE_ROLE);
  }

  /** Returns the subscription of the bookings. */
  public Subscription<Item> subscription() {
    return subscription;
  }

  /**
   * Registers the outbox with a node, and repeats that until it succeeds: the database may fail.
   *
   * <p>A node that knows only itself at first relays beside the one that does so already, until the
   * database stops one of them.
   */
  public void register(Perille perille, Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      try {
        Perille unused = perille.register(outbox);
        return;
      } catch (PerilleException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LOG.info("{} can't be registered yet", outbox, e);
        TimeUnit.MILLISECONDS.sleep(AGAIN_AFTER_MILLIS);
      }
    }
  }

  DataSource database() {
    return database;
  }

  Outbox outbox() {
    return outbox;
  }

  static List<String> keys() {
    return KEYS;
  }

  /** Inserts a booking into the application's own table. */
  static void insert(Connection connection, Item item) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO booking (item_value) VALUES (?)")) {
      insert.setString(1, item.value());
      insert.executeUpdate();
    }
  }
}
