package org.perille.samples.orders;

import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;

/** Prints the events of a run: the state of the mail provider, and the operator's actions. */
final class Narrator {
  private final PrintStream out;
  private final Shop shop;
  private final Path data;
  private final Outage outage;
  private Outage.Phase phase;
  private Totals phaseBegan;
  private long operatorSaid;

  /** Starts after the events that are already recorded. */
  Narrator(PrintStream out, Shop shop, Path data) throws SQLException {
    this.out = out;
    this.shop = shop;
    this.data = data;
    this.outage = new Outage(data, Clock.systemUTC());
    this.phase = outage.phase();
    this.phaseBegan = Totals.read(shop, data);
    this.operatorSaid =
        shop.decisions().logAfter(0).stream().mapToLong(Decisions.Entry::seq).max().orElse(0);
  }

  /** Prints the new events. */
  void tell() throws SQLException {
    Outage.Phase now = outage.phase();
    if (now != phase) {
      tellOf(now);
    }
    List<Decisions.Entry> news = shop.decisions().logAfter(operatorSaid);
    for (Decisions.Entry entry : news) {
      out.println(entry.line());
      operatorSaid = entry.seq();
    }
  }

  private void tellOf(Outage.Phase now) throws SQLException {
    Totals totals = Totals.read(shop, data);
    switch (now) {
      case WELL -> throw new IllegalStateException("an outage that has started can't be undone");
      case SLOW -> out.println("The mail service has become slow.");
      case DOWN -> out.println("The mail service is down.");
      case BACK -> {
        out.println("The mail service is back. Attempts since it went down:");
        out.println("  " + totals.attemptsSince(phaseBegan));
      }
    }
    phase = now;
    phaseBegan = totals;
  }
}
