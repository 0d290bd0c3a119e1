package org.perille.samples.orders;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perille.samples.launch.Journal;

/** How far each service is, for the progress line and the table. */
record Totals(Shop.Replayed replayed, List<Service> services) {
  /** One service: messages it has handled, attempts beyond those, and what waits (-1: unknown). */
  record Service(String name, long handled, long duplicates, long lag) {}

  static Totals read(Shop shop, Path data) throws SQLException {
    Map<String, Shop.Followed> followed = shop.followed();
    List<Service> services = new ArrayList<>();
    for (String name : Services.NAMES) {
      Shop.Followed asPerilleSays = followed.get(name);
      // What a service has left outside says more than what Perille knows: what was lost is
      // missing.
      long handled =
          switch (name) {
            case "payment" -> shop.count("ledger");
            case "alerts" -> shop.count("alert");
            case "notification" -> lines(data, "mail-spool");
            case "analytics" -> lines(data, "analytics");
            default -> asPerilleSays.handled();
          };
      long again = Math.max(0, Tally.total(data, name) - handled);
      services.add(new Service(name, handled, again, asPerilleSays.lag()));
    }
    return new Totals(shop.replayed(), services);
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
