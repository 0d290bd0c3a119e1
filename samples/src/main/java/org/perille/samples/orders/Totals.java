package org.perille.samples.orders;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perille.samples.launch.Journal;

/** The progress of each service, for the progress line and the table. */
record Totals(Shop.Replayed replayed, List<Service> services) {
  /**
   * The progress of one service.
   *
   * @param handled the number of messages that it has handled
   * @param furtherAttempts its other attempts: without effect, or repeated after a crash
   * @param lag the number of messages that it has still to handle, -1 if unknown at the moment
   * @param dead the number of dead letters
   */
  record Service(String name, long handled, long furtherAttempts, long lag, long dead) {
    private long attempts() {
      return handled + furtherAttempts;
    }
  }

  static Totals read(Shop shop, Path data) throws SQLException {
    Map<String, Shop.Followed> followed = shop.followed();
    List<Service> services = new ArrayList<>();
    for (String name : Services.NAMES) {
      Shop.Followed asPerilleSays = followed.get(name);
      // The results outside Perille are more precise than Perille's own progress: a lost message is
      // missing there.
      long handled =
          switch (name) {
            case "payment" -> shop.count("ledger");
            case "alerts" -> shop.count("alert");
            case "notification" -> mails(data);
            case "analytics" -> countings(data);
            default -> asPerilleSays.handled();
          };
      long again = Math.max(0, Tally.total(data, name) - handled);
      services.add(new Service(name, handled, again, asPerilleSays.lag(), asPerilleSays.dead()));
    }
    return new Totals(shop.replayed(), services);
  }

  private static long mails(Path data) {
    long[] count = {0};
    MailProvider.readAll(data, mail -> count[0]++);
    return count[0];
  }

  private static long countings(Path data) {
    long[] count = {0};
    Journal.readAll(data, "analytics", line -> count[0]++);
    return count[0];
  }

  String progress() {
    StringBuilder text = new StringBuilder();
    text.append("%,8d lines read".formatted(replayed.linesDone()));
    for (Service service : services) {
      text.append("   %s %,d".formatted(service.name, service.handled));
      List<String> notes = new ArrayList<>();
      if (service.lag > 0) {
        notes.add("%,d wait".formatted(service.lag));
      }
      if (service.dead > 0) {
        notes.add("%,d dead".formatted(service.dead));
      }
      if (!notes.isEmpty()) {
        text.append(" (").append(String.join(", ", notes)).append(')');
      }
    }
    return text.toString();
  }

  /** Returns the attempts of each service since an earlier reading, as text. */
  String attemptsSince(Totals before) {
    List<String> text = new ArrayList<>();
    for (int i = 0; i < services.size(); i++) {
      long attempts = services.get(i).attempts() - before.services.get(i).attempts();
      text.add("%s +%,d".formatted(services.get(i).name, attempts));
    }
    return String.join("   ", text);
  }

  /** Returns the table of a run, relative to the totals at its start. */
  String table(Totals before, double seconds) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%-14s %10s %18s %14s %6s %12s%n"
            .formatted(
                "subscription", "handled", "further attempts", "dead letters", "lag", "rate"));
    for (int i = 0; i < services.size(); i++) {
      Service service = services.get(i);
      long inThisRun = service.handled - before.services.get(i).handled;
      text.append(
          "%-14s %,10d %,18d %,14d %,6d %,10.0f/s%n"
              .formatted(
                  service.name,
                  service.handled,
                  service.furtherAttempts,
                  service.dead,
                  service.lag,
                  inThisRun / Math.max(seconds, 0.001)));
    }
    return text.toString();
  }
}
