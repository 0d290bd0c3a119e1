package org.perille.samples.transfer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PublishUnknownException;
import org.perille.samples.launch.Journal;

/**
 * Makes the transfers of a node.
 *
 * <p>It notes each before it begins. After a crash it goes on with the next one, and doesn't repeat
 * those that it had begun, as a program without a record of its outcomes. With transactions each of
 * them was made or not. In the naive way, by two publishes, some of them were half made.
 */
final class Teller {
  /** The kind of the files with the numbers of the transfers that have begun. */
  static final String KIND = "begun";

  private static final int IN_FLIGHT = 64;

  private final Perille perille;
  private final boolean naive;
  private final Journal begun;
  private final Semaphore places = new Semaphore(IN_FLIGHT);
  private final AtomicInteger unknown = new AtomicInteger();

  /**
   * Creates a teller.
   *
   * @param naive whether it makes a transfer by two publishes
   */
  Teller(Perille perille, boolean naive, Journal begun) {
    this.perille = perille;
    this.naive = naive;
    this.begun = begun;
  }

  /** Returns the transfers that nodes have begun. */
  static Set<Integer> begun(Path directory) {
    Set<Integer> numbers = new HashSet<>();
    Journal.readAll(directory, KIND, line -> numbers.add(Integer.valueOf(line)));
    return numbers;
  }

  /**
   * Makes transfers, some at the same time, and waits until all have an outcome.
   *
   * @return the number of those whose outcome is unknown
   */
  int make(List<Plan.Transfer> transfers, long pauseMillis)
      throws IOException, InterruptedException {
    for (Plan.Transfer transfer : transfers) {
      places.acquire();
      begun.append(transfer.number() + ";");
      (naive ? byTwoPublishes(transfer) : byTransaction(transfer))
          .whenComplete((done, failure) -> ended(failure));
      Thread.sleep(pauseMillis);
    }
    places.acquire(IN_FLIGHT);
    return unknown.get();
  }

  private CompletionStage<?> byTransaction(Plan.Transfer transfer) {
    return perille
        .transaction()
        .withId(MessageId.of("transfer-" + transfer.number()))
        .add(Bank.BOOKINGS, transfer.debit())
        .add(Bank.BOOKINGS, transfer.credit())
        .commit()
        .receipts();
  }

  private CompletionStage<?> byTwoPublishes(Plan.Transfer transfer) {
    return perille
        .publisher(Bank.BOOKINGS)
        .publish(transfer.debit())
        .thenCompose(debited -> perille.publisher(Bank.BOOKINGS).publish(transfer.credit()));
  }

  private void ended(Throwable failure) {
    places.release();
    if (failure != null) {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      if (!(cause instanceof PublishUnknownException)) {
        System.err.println("A transfer was refused: " + cause);
      }
      unknown.incrementAndGet();
    }
  }
}
