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
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.Outbox;
import org.perille.Perille;
import org.perille.PerilleException;
import org.perille.PublishRefusedException;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.jackson.Jackson2Codec;
import org.perille.persistence.JdbcHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An application that books in a table of its own, and publishes each booking through an outbox.
 *
 * <p>A booking is a row of the table. It is inserted in the transaction that inserts the message.
 * So the table shows which transactions have committed, also when a commit had no answer.
 *
 * <p>A JDBC handler of the bookings does the same with a receipt for each of them. Each attempt
 * writes another receipt, so that the table shows the one that has committed.
 */
public final class Bookings {
  /** Creates the application's own tables. */
  public static final List<String> CREATE =
      List.of(
          "CREATE TABLE booking (item_value VARCHAR(300) NOT NULL PRIMARY KEY)",
          "CREATE TABLE booking_receipt (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, receipt_value VARCHAR(400) NOT NULL, part INTEGER NOT NULL, log_offset BIGINT NOT NULL, item_key VARCHAR(1000) NOT NULL, item_value VARCHAR(300) NOT NULL)");

  /** The topic. Its messages can be inserted as JSON by SQL. */
  static final Topic<Item> TOPIC =
      Topic.of("bookings", Jackson2Codec.of(Item.class)).keyedBy(Item::key).withPartitions(3);

  /** The topic of the receipts. */
  static final Topic<Item> RECEIPTS =
      Topic.of("booking-receipts", Jackson2Codec.of(Item.class))
          .keyedBy(Item::key)
          .withPartitions(2);

  private static final Logger LOG = LoggerFactory.getLogger(Bookings.class);
  private static final long AGAIN_AFTER_MILLIS = 50;
  private static final int TRANSACTIONS = 3;
  private static final int FURTHER_CONNECTIONS = 3;

  private static final List<String> KEYS =
      Stream.concat(
              IntStream.range(0, 6).mapToObj(number -> "account-" + number),
              KeyKind.samples().stream())
          .toList();

  private final DataSource database;
  private final boolean lateCommits;
  private final Outbox outbox;
  private final Witness witness;
  private final Subscription<Item> booked;
  private final Subscription<Item> receipting;
  private final Subscription<Item> receipted;

  /**
   * Creates the outbox and the subscriptions of a process.
   *
   * @param database the application's database, which all processes share
   */
  public Bookings(DataSource database, Witness witness, Timing tempo) {
    this.database = database;
    this.lateCommits = tempo.lateCommits();
    this.outbox = Outbox.of(database).named("bookings");
    this.witness = witness;
    HandlerScript script = new HandlerScript(Duration.ZERO, tempo.hang(), witness);
    RetryPolicy retries =
        RetryPolicy.exponential(tempo.firstRetry(), tempo.lastRetry()).withUnlimitedAttempts();
    this.booked =
        Subscription.of("booked", TOPIC)
            .atLeastOnce(script::undergo)
            .withRetries(retries)
            .onNodesWithRole(Workload.NODE_ROLE);
    this.receipting =
        Subscription.of("receipting", TOPIC)
            .effectivelyOnce(
                JdbcHandler.<Item>of(
                        database,
                        (connection, delivery) ->
                            script.undergo(delivery, item -> writeReceipt(connection, item)))
                    .withMaxTransactions(TRANSACTIONS))
            .withRetries(retries)
            .onNodesWithRole(Workload.NODE_ROLE);
    this.receipted =
        Subscription.of("receipted", RECEIPTS)
            .atLeastOnce(script::undergo)
            .withRetries(retries)
            .onNodesWithRole(Workload.NODE_ROLE);
  }

  /** Returns the number of connections that handlers, relay and load of a process need. */
  public static int connections() {
    return TRANSACTIONS + FURTHER_CONNECTIONS;
  }

  /** Returns all subscriptions. One whose handler publishes comes before those of its messages. */
  public List<Subscription<Item>> subscriptions() {
    return List.of(booked, receipting, receipted);
  }

  /** Returns these definitions and those of the bookings. */
  public Definition[] addedTo(Definition... others) {
    return Stream.concat(Stream.of(others), subscriptions().stream()).toArray(Definition[]::new);
  }

  /** Returns the subscription whose handler publishes receipts. */
  Subscription<Item> receipting() {
    return receipting;
  }

  /** Returns the subscription of the receipts. */
  Subscription<Item> receipted() {
    return receipted;
  }

  /** Inserts a receipt and publishes it, in the transaction of the handler. */
  private void writeReceipt(Connection connection, Delivery<Item> delivery) throws SQLException {
    Item booking = delivery.payload();
    Item receipt =
        Item.of(
            booking.key(),
            "%s-receipt-%s-%d"
                .formatted(booking.value(), witness.process(), witness.recorder().newCall()),
            Item.Mood.NORMAL);
    Witness.Publishing publishing = witness.publishingFor(delivery, RECEIPTS.name(), receipt);
    publishing.byOutbox();
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO booking_receipt (receipt_value, part, log_offset, item_key, item_value) VALUES (?, ?, ?, ?, ?)")) {
      insert.setString(1, receipt.value());
      insert.setInt(2, delivery.partition());
      insert.setLong(3, delivery.offset());
      insert.setString(4, delivery.key());
      insert.setString(5, booking.value());
      insert.executeUpdate();
    }
    try {
      outbox.publish(connection, RECEIPTS, receipt);
    } catch (PublishRefusedException e) {
      // Before this process has registered the outbox.
      publishing.refused();
      throw e;
    }
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
      } catch (PerilleException | IllegalStateException e) {
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

  /** Returns whether a commit may still happen when its client has seen it fail, or is dead. */
  boolean lateCommits() {
    return lateCommits;
  }

  Outbox outbox() {
    return outbox;
  }

  static List<String> keys() {
    return KEYS;
  }
}
