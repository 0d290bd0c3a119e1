package org.perille.samples.orders;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.perille.samples.launch.Journal;

/** How far each service is, for the progress line and the table. */
record Totals(Shop.Replayed replayed, List<Service> services) {
  /** One service: messages it has handled, attempts beyond those, and what waits (-1: unknown). */
  record Service(String name, long handled, long duplicates, long lag) {}

  private static final Pattern TAB = Pattern.compile("\t");

  static Totals read(Shop shop, Path data) throws SQLException {
    Shop.Replayed replayed = shop.replayed();
    long[] handled = {
      shop.count("ledger"),
      shop.count("stock_movement"),
      lines(data, "mail-spool"),
      lines(data, "analytics")
    };
    String[] lags = TAB.split(replayed.lag(), -1);
    List<Service> services = new ArrayList<>();
    for (int i = 0; i < handled.length; i++) {
      long lag = i < lags.length - 1 ? Long.parseLong(lags[i]) : -1;
      String name = Services.NAMES.get(i);
      long again = Math.max(0, Tally.total(data, name) - handled[i]);
      services.add(new Service(name, handled[i], again, lag));
    }
    return new Totals(replayed, services);
  }

  private static long lines(Path data, String kind) {
    long[] count = {0};
    Journal.readAll(data, kind, line -> count[0]++);
    return count[0];
  }

  String progress() {
    StringBuilder text = new StringBuilder();
    text.append("%,8d lines read".formatted(replayed.linesDone()));
    for (Service service : services) {
      text.append("   %s %,d".formatted(service.name, service.handled));
      if (service.lag > 0) {
        text.append(" (%,d wait)".formatted(service.lag));
      }
    }
    return text.toString();
  }

  /** The table for a run that began with other totals and has taken so long. */
  String table(Totals before, double seconds, Reconciliation reconciliation) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%-14s %10s %22s %6s %12s%n"
            .formatted("subscription", "handled", "duplicates attempted", "lag", "rate"));
    for (int i = 0; i < services.size(); i++) {
      Service service = services.get(i);
      long inThisRun = service.handled - before.services.get(i).handled;
      long duplicates = service.duplicates + reconciliation.duplicatesOf(service.name);
      text.append(
          "%-14s %,10d %,22d %,6d %,10.0f/s%n"
              .formatted(
                  service.name,
                  service.handled - reconciliation.duplicatesOf(service.name),
                  duplicates,
                  service.lag,
                  inThisRun / Math.max(seconds, 0.001)));
    }
    return text.toString();
  }
}
