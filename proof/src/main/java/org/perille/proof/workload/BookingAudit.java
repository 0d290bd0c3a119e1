package org.perille.proof.workload;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.perille.OutboxStatus;
import org.perille.Perille;
import org.perille.StorageException;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Operation.EffectFound;
import org.perille.testkit.history.Operation.EffectsRead;
import org.perille.testkit.history.Operation.OutboxRead;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The audit of the bookings after the last fault, when no transaction is open any more. */
public final class BookingAudit {
  private static final Logger LOG = LoggerFactory.getLogger(BookingAudit.class);
  private static final long LOOK_AGAIN_AFTER_MILLIS = 100;

  private final Perille perille;
  private final Bookings bookings;
  private final Witness witness;
  private final Timing tempo;
  private final BookingLetters letters;
  private final Pacer tending;

  public BookingAudit(Perille perille, Bookings bookings, Witness witness, Timing tempo) {
    this.perille = perille;
    this.bookings = bookings;
    this.witness = witness;
    this.tempo = tempo;
    this.letters = new BookingLetters(bookings.outbox(), new Random(1));
    this.tending = new Pacer("booking-letters", 1, number -> letters.tend());
  }

  /**
   * Waits until all bookings are relayed and handled. Meanwhile it tends the dead letters.
   *
   * @return a description of what isn't in time; empty if everything is
   */
  public List<String> drain() throws InterruptedException {
    long deadline = System.nanoTime() + tempo.timeout().toNanos();
    Optional<String> left = left();
    while (left.isPresent() && System.nanoTime() < deadline) {
      letters.tend();
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_AFTER_MILLIS);
      left = left();
    }
    return left.stream().toList();
  }

  /**
   * Refuses further bookings, on PostgreSQL, and waits for the transactions that have booked. A
   * commit of a dead process may still be on its way.
   *
   * @param database the application's database
   */
  public void close(DataSource database) throws InterruptedException, SQLException {
    long deadline = System.nanoTime() + tempo.timeout().toNanos();
    while (true) {
      try (Connection connection = database.getConnection()) {
        BookingSql.close(connection);
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        LOG.info("The bookings aren't closed yet", e);
        TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_AFTER_MILLIS);
      }
    }
  }

  /** Tends the dead letters once a second, on a thread of its own, until {@link #judge}. */
  public void startToTend() {
    tending.start();
  }

  /**
   * Waits as {@link #drain} does, and records everything as it is then.
   *
   * @param database the application's database
   */
  public void judge(DataSource database) throws Exception {
    tending.stop();
    tending.awaitEnd();
    // The checker reports what isn't handled in time.
    List<String> unhandled = drain();
    Optional<String> left = outboxLeft();
    witness.compared("the outbox after the last fault", "empty", left.orElse("empty"));
    // A handler that is late may still publish.
    read(database, unhandled.isEmpty() && left.isEmpty());
  }

  /** Returns what isn't finished. Handlers publish, so the outbox comes before and after them. */
  private Optional<String> left() {
    try {
      return outboxLeft()
          .or(() -> bookings.subscriptions().stream().flatMap(this::left).findFirst())
          .or(this::outboxLeft);
    } catch (StorageException | CompletionException e) {
      return Optional.of("the bookings have no status: " + e);
    }
  }

  private Optional<String> outboxLeft() {
    OutboxStatus status = bookings.outbox().status();
    return status.waiting() + status.deadLetters() + status.parked() > 0
        ? Optional.of("the outbox isn't empty: " + status)
        : Optional.empty();
  }

  private Stream<String> left(Subscription<Item> subscription) {
    return perille
        .subscription(subscription)
        .status()
        .toCompletableFuture()
        .join()
        .partitions()
        .stream()
        .filter(partition -> partition.nextOffset().isEmpty() || partition.lag() > 0)
        .map(partition -> subscription + " hasn't handled everything: " + partition);
  }

  /**
   * Records the transactions that have committed, and then the logs, when everything is relayed.
   *
   * @param database the application's database
   */
  public void read(DataSource database) throws Exception {
    read(database, true);
  }

  private void read(DataSource database, boolean relayed) throws Exception {
    try (Connection connection = database.getConnection()) {
      readBookings(connection);
      readReceipts(connection);
      if (relayed) {
        readRows(connection);
      }
    }
    Findings findings = new Findings(perille, witness);
    findings.readLog(Bookings.TOPIC, Bookings.keys(), bookings.receipting(), message -> {});
    findings.readLog(Bookings.RECEIPTS, Bookings.keys(), bookings.receipted(), message -> {});
    for (Subscription<Item> subscription : bookings.subscriptions()) {
      findings.readCursors(subscription);
    }
  }

  /** Records that the outbox has no message any more, which is true also for its table. */
  private void readRows(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM perille_outbox")) {
      row.next();
      witness.compared("the rows of the outbox after the last fault", "0", row.getString(1));
    }
    for (Topic<Item> topic : List.of(Bookings.TOPIC, Bookings.RECEIPTS)) {
      witness.recorder().record(new OutboxRead(Witness.now(), topic.name()));
    }
  }

  private void readBookings(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT item_value FROM booking")) {
      while (row.next()) {
        witness.committed(Bookings.TOPIC.name(), row.getString(1));
      }
    }
  }

  /** Records the effects of the handler that publishes, and what it has published with them. */
  private void readReceipts(Connection connection) throws SQLException {
    String name = bookings.receipting().name();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT seq, receipt_value, part, log_offset, item_key, item_value FROM booking_receipt ORDER BY seq")) {
      while (row.next()) {
        witness.committed(Bookings.RECEIPTS.name(), row.getString(2));
        witness
            .recorder()
            .record(
                new EffectFound(
                    Witness.now(),
                    row.getLong(1),
                    name,
                    row.getInt(3),
                    row.getLong(4),
                    row.getString(5),
                    row.getString(6),
                    Operation.UNKNOWN_EPOCH));
      }
    }
    witness.recorder().record(new EffectsRead(Witness.now(), name));
  }
}
