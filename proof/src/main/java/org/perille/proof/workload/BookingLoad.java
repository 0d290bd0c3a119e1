package org.perille.proof.workload;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.perille.Message;
import org.perille.MessageId;
import org.perille.Outbox;
import org.perille.PublishRefusedException;
import org.perille.StorageException;
import org.perille.jackson.Jackson2Codec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Books in transactions, one after the other. Some of them are rolled back, as a whole or to a
 * savepoint; some insert their messages by SQL.
 */
public final class BookingLoad {
  private static final Logger LOG = LoggerFactory.getLogger(BookingLoad.class);
  private static final int MOST_BOOKINGS = 3;
  private static final int ROLLED_BACK_PERCENT = 20;
  private static final int SAVEPOINT_PERCENT = 25;
  private static final int BY_SQL_PERCENT = 30;
  private static final int ALONE_PERCENT = 10;
  private static final int BROKEN_PERCENT = 4;
  private static final int THROWS_PERCENT = 10;
  private static final long AGAIN_AFTER_MILLIS = 50;

  private final Bookings bookings;
  private final Outbox outbox;
  private final BookingLetters letters;
  private final Witness witness;
  private final Random random;
  private final Pacer pacer;

  /** The name under which the next messages are published in order. */
  private String publisher;

  private int failures;

  /**
   * Creates the load of one process.
   *
   * @param rate transactions per second
   */
  public BookingLoad(Bookings bookings, Witness witness, int rate, long seed) {
    this.bookings = bookings;
    this.outbox = bookings.outbox();
    this.witness = witness;
    this.publisher = witness.process();
    this.random = new Random(seed ^ 0xB00C);
    this.letters = new BookingLetters(outbox, random);
    this.pacer = new Pacer("booking-load", rate, this::bookOnce);
  }

  public void start() {
    pacer.start();
  }

  /** Stops, except for a transaction that has begun. */
  public void stop() {
    pacer.stop();
  }

  /** Waits until no transaction is open. */
  public void awaitEnd() throws InterruptedException {
    pacer.awaitEnd();
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private void bookOnce(long number) throws InterruptedException {
    if (chance(ALONE_PERCENT)) {
      publishAlone(item(number, "alone"));
    } else if (chance(BROKEN_PERCENT)) {
      insertBroken();
    } else {
      transact(number);
    }
    letters.tendSome();
  }

  private Item item(long number, String part) {
    List<String> keys = Bookings.keys();
    return Item.of(
        keys.get(random.nextInt(keys.size())),
        "%s-booking-%d-%s".formatted(witness.process(), number, part),
        chance(THROWS_PERCENT) ? Item.Mood.THROWS : Item.Mood.NORMAL);
  }

  private void transact(long number) {
    boolean noticed = random.nextBoolean();
    DataSource source = noticed ? outbox.dataSource() : bookings.database();
    try (Connection connection = source.getConnection()) {
      discardingReadOnly(connection, () -> transact(connection, number));
    } catch (SQLException | StorageException e) {
      // Closing has rolled it back, or it has committed without an answer: the table shows it.
      LOG.debug("A transaction of {} has failed", witness.process(), e);
      if (bookings.lateCommits()) {
        // It may still be open, and then nothing orders it and the next ones.
        failures++;
        publisher = "%s after failure %d".formatted(witness.process(), failures);
      }
    }
    if (!noticed && random.nextBoolean()) {
      outbox.committed();
    }
  }

  private interface Transaction {
    void run() throws SQLException;
  }

  private static void discardingReadOnly(Connection connection, Transaction transaction)
      throws SQLException {
    try {
      transaction.run();
    } catch (SQLException | StorageException e) {
      BookingSql.discardIfReadOnly(connection, e);
      throw e;
    }
  }

  private void transact(Connection connection, long number) throws SQLException {
    BookingSql.begin(connection);
    int count = 1 + random.nextInt(MOST_BOOKINGS);
    int savepointAt = chance(SAVEPOINT_PERCENT) ? random.nextInt(count) : count;
    for (int i = 0; i < count; i++) {
      if (i == savepointAt) {
        Savepoint savepoint = connection.setSavepoint();
        book(connection, item(number, "undone"));
        connection.rollback(savepoint);
      }
      book(connection, item(number, Integer.toString(i)));
    }
    if (chance(ROLLED_BACK_PERCENT)) {
      connection.rollback();
    } else {
      connection.commit();
    }
  }

  private void book(Connection connection, Item item) throws SQLException {
    Witness.Publishing publishing =
        witness.publishing(publisher, Bookings.TOPIC.name(), item, Optional.empty());
    publishing.byOutbox();
    BookingSql.insert(connection, item);
    if (chance(BY_SQL_PERCENT)) {
      BookingSql.publish(connection, Bookings.TOPIC.name(), item.key(), json(item));
      return;
    }
    try {
      outbox.publish(connection, Bookings.TOPIC, item);
    } catch (PublishRefusedException e) {
      publishing.refused();
      refused(item, e);
    }
  }

  private static String json(Item item) {
    try {
      return new String(Jackson2Codec.of(Item.class).encode(item), StandardCharsets.UTF_8);
    } catch (Exception e) {
      throw new IllegalStateException("no JSON of " + item.value(), e);
    }
  }

  /** Records a refusal. No booking may be refused. */
  private void refused(Item item, PublishRefusedException e) {
    witness.compared("the insertion of " + item.value(), "accepted", e.toString());
  }

  /** Inserts JSON that is no message of the topic. It becomes a dead letter, and parks its key. */
  private void insertBroken() {
    try (Connection connection = outbox.dataSource().getConnection()) {
      discardingReadOnly(
          connection,
          () ->
              BookingSql.publish(
                  connection,
                  Bookings.TOPIC.name(),
                  item(0, "broken").key(),
                  "{\"broken\": true}"));
    } catch (SQLException e) {
      LOG.debug("A broken row of {} may not be there", witness.process(), e);
    }
  }

  /** Publishes in a transaction of the outbox, and repeats that while the outcome is unknown. */
  private void publishAlone(Item item) throws InterruptedException {
    MessageId id = MessageId.of("id-" + item.value());
    Witness.Publishing publishing =
        witness.publishing(publisher, Bookings.TOPIC.name(), item, Optional.of(id));
    publishing.byOutbox();
    if (bookings.lateCommits()) {
      // The process may die before it knows the outcome, and no table of the application shows it.
      publishing.unknown();
    }
    while (true) {
      try {
        outbox.publish(Bookings.TOPIC, Message.of(item).withId(id));
        witness.committed(Bookings.TOPIC.name(), item.value());
        return;
      } catch (PublishRefusedException e) {
        if (!bookings.lateCommits()) {
          publishing.refused();
        }
        refused(item, e);
        return;
      } catch (StorageException e) {
        if (pacer.isStopped()) {
          if (!bookings.lateCommits()) {
            publishing.unknown();
          }
          return;
        }
        TimeUnit.MILLISECONDS.sleep(AGAIN_AFTER_MILLIS);
      }
    }
  }
}
