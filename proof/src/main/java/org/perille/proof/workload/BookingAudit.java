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
import javax.sql.DataSource;
import org.perille.OutboxStatus;
import org.perille.Perille;
import org.perille.StorageException;
import org.perille.testkit.history.Operation.OutboxRead;

/** The audit of the bookings after the last fault, when no transaction is open any more. */
public final class BookingAudit {
  private static final long LOOK_AGAIN_AFTER_MILLIS = 100;

  private final Perille perille;
  private final Bookings bookings;
  private final Witness witness;
  private final Timing tempo;

  public BookingAudit(Perille perille, Bookings bookings, Witness witness, Timing tempo) {
    this.perille = perille;
    this.bookings = bookings;
    this.witness = witness;
    this.tempo = tempo;
  }

  /**
   * Waits until all bookings are relayed and handled. Meanwhile it tends the dead letters.
   *
   * @return a description of what isn't in time; empty if everything is
   */
  public List<String> drain() throws InterruptedException {
    BookingLetters letters = new BookingLetters(bookings.outbox(), new Random(1));
    long deadline = System.nanoTime() + tempo.timeout().toNanos();
    Optional<String> left = left();
    while (left.isPresent() && System.nanoTime() < deadline) {
      letters.tend();
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_AFTER_MILLIS);
      left = left();
    }
    return left.stream().toList();
  }

  private Optional<String> left() {
    try {
      OutboxStatus status = bookings.outbox().status();
      if (status.waiting() + status.deadLetters() + status.parked() > 0) {
        return Optional.of("the outbox isn't empty: " + status);
      }
      return perille
          .subscription(bookings.subscription())
          .status()
          .toCompletableFuture()
          .join()
          .partitions()
          .stream()
          .filter(partition -> partition.nextOffset().isEmpty() || partition.lag() > 0)
          .map(partition -> bookings.subscription() + " hasn't handled everything: " + partition)
          .findFirst();
    } catch (StorageException | CompletionException e) {
      return Optional.of("the bookings have no status: " + e);
    }
  }

  /**
   * Records the transactions that have committed, and then the log.
   *
   * @param database the application's database
   */
  public void read(DataSource database) throws Exception {
    try (Connection connection = database.getConnection()) {
      readTable(connection);
    }
    witness.recorder().record(new OutboxRead(Witness.now(), Bookings.TOPIC.name()));
    Findings findings = new Findings(perille, witness);
    findings.readLog(Bookings.TOPIC, Bookings.keys(), bookings.subscription(), message -> {});
    findings.readCursors(bookings.subscription());
  }

  private void readTable(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT item_value FROM booking")) {
      while (row.next()) {
        witness.committed(Bookings.TOPIC.name(), row.getString(1));
      }
    }
  }
}
