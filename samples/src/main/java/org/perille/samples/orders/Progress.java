package org.perille.samples.orders;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Watches a run until everything is handled, and prints the result. */
final class Progress {
  private static final long CHECK_INTERVAL_MILLIS = 200;
  private static final long PRINT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final PrintStream out;
  private final long begin = System.nanoTime();
  private long handledAt = begin;
  private Optional<Totals> before = Optional.empty();

  Progress(PrintStream out) {
    this.out = out;
  }

  /**
   * Waits until everything is handled.
   *
   * @param watch called at each check
   */
  void untilHandled(Shop shop, Path data, Watch watch)
      throws SQLException, IOException, InterruptedException {
    before = Optional.of(Totals.read(shop, data));
    Narrator narrator = new Narrator(out, shop, data);
    long printed = System.nanoTime();
    while (!shop.replayed().allHandled()) {
      Work work = watch.look();
      if (work == Work.GOES_ON && System.nanoTime() - printed > PRINT_EVERY_NANOS) {
        printed = System.nanoTime();
        out.println(Totals.read(shop, data).progress());
      }
      narrator.tell();
      TimeUnit.MILLISECONDS.sleep(CHECK_INTERVAL_MILLIS);
    }
    narrator.tell();
    handledAt = System.nanoTime();
    out.println(Totals.read(shop, data).progress());
  }

  /** The state of the work: it waits while no node runs. */
  enum Work {
    GOES_ON,
    WAITS
  }

  /** An action that is repeated while a run is watched. */
  @FunctionalInterface
  interface Watch {
    Work look() throws IOException, InterruptedException;
  }

  /**
   * Prints the table and the reconciliation.
   *
   * @return whether everything adds up
   */
  boolean report(Shop shop, Path data, InvoiceFile file, boolean crashed) throws SQLException {
    Reconciliation reconciliation = Reconciliation.of(file, shop, data, crashed);
    double seconds = (handledAt - begin) / 1e9;
    out.printf("%nEverything was handled after %.1f s.%n%n", seconds);
    out.println(Totals.read(shop, data).table(before.orElseThrow(), seconds));
    out.println("Reconciliation with " + file);
    out.print(reconciliation.text());
    return reconciliation.holds();
  }
}
