package org.perille.samples.clicks;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.perille.EventSourcedSubscription;
import org.perille.KeyState;
import org.perille.Perille;

/** Reads the counters' results from the stores, in a process that has counted nothing itself. */
final class Judge {
  private Judge() {}

  /** Returns the settings of Perille's storage. */
  static Map<String, String> storage(Path data) {
    return Map.of(
        "perille.storage.profile",
        "h2",
        "perille.storage.h2.directory",
        data.resolve("perille").toString());
  }

  /**
   * Prints the verdict.
   *
   * @return whether it holds
   */
  static boolean judge(Traffic traffic, Path data, PrintStream out) throws SQLException {
    Config config =
        ConfigFactory.load(
            ConfigFactory.parseMap(storage(data))
                .withFallback(ConfigFactory.parseResources("clicks.conf")));
    EventSourcedSubscription<Click, Clicks> counter = Counters.exact(CrashPoint.none());
    Map<String, Clicks> published = traffic.total();
    try (NaiveTable table = NaiveTable.open(data);
        Perille perille = Perille.start(config, counter)) {
      Verdict verdict =
          new Verdict(
              new Verdict.Counts(
                  published,
                  states(perille, counter, traffic),
                  table.counted(Counters.WORK_FIRST),
                  table.counted(Counters.CURSOR_FIRST)));
      LinkReport hottest = LinkReport.read(perille, counter, hottest(published));
      out.printf("%n%s%n%s", verdict.text(), hottest.text());
      return verdict.holds() && hottest.holds();
    }
  }

  private static Map<String, Clicks> states(
      Perille perille, EventSourcedSubscription<Click, Clicks> counter, Traffic traffic) {
    Map<String, CompletableFuture<KeyState<Clicks>>> asked = new LinkedHashMap<>();
    traffic
        .links()
        .forEach(
            link ->
                asked.put(
                    link, perille.subscription(counter).key(link).state().toCompletableFuture()));
    Map<String, Clicks> states = new LinkedHashMap<>();
    asked.forEach((link, state) -> states.put(link, state.join().state()));
    return states;
  }

  private static String hottest(Map<String, Clicks> published) {
    return published.entrySet().stream()
        .max(Map.Entry.comparingByValue((a, b) -> Long.compare(a.total(), b.total())))
        .orElseThrow()
        .getKey();
  }
}
