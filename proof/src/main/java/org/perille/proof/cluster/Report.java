package org.perille.proof.cluster;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.perille.Guarantee;
import org.perille.testkit.history.Checker;
import org.perille.testkit.history.Figures;
import org.perille.testkit.history.History;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Operation.FaultBegan;
import org.perille.testkit.history.Outcome;
import org.perille.testkit.history.Phase;
import org.perille.testkit.history.Verdict;

/** What came of a run: the checker's verdict, and whether the run did what it claims. */
final class Report {
  /** What a run must have done to count; a run that published nothing has no anomalies either. */
  record Claims(
      List<FaultKind> kinds,
      int faultsOfEachKind,
      boolean everyPhase,
      Set<Schedule.Entry> pairs,
      List<Burden> burdens,
      long publishesOk) {
    static final Claims NONE = new Claims(List.of(), 0, false, Set.of(), List.of(), 0);

    Claims {
      kinds = List.copyOf(kinds);
      pairs = Set.copyOf(pairs);
      burdens = List.copyOf(burdens);
    }
  }

  private final Claims claims;
  private final PrintStream out;

  Report(Claims claims, PrintStream out) {
    this.claims = claims;
    this.out = out;
  }

  /** Judges the history in a directory; whether all is well. */
  boolean judge(Path directory) throws IOException {
    History history = History.readDirectory(directory, Witness.FILES);
    Verdict verdict =
        Checker.ofNanoseconds().withBound(AuditMain.PATIENCE.toNanos()).judge(history);
    Map<FaultKind, Map<Phase, Integer>> faults = faults(history);
    printFaults(faults);
    Publishes publishes = Publishes.of(history);
    printPublishes(publishes);
    printFigures(verdict.figures());
    List<String> missing = missing(faults, publishes);
    missing.forEach(what -> out.println("NOT DONE  " + what));
    if (!verdict.isGood()) {
      out.println(verdict.report());
    }
    out.printf(
        "verdict: %s%s%n",
        verdict, missing.isEmpty() ? "" : ", but the run didn't do what it claims");
    return verdict.isGood() && missing.isEmpty();
  }

  private static Map<FaultKind, Map<Phase, Integer>> faults(History history) {
    Map<FaultKind, Map<Phase, Integer>> counts = new EnumMap<>(FaultKind.class);
    for (Operation operation : history.operations()) {
      if (operation instanceof FaultBegan fault) {
        counts
            .computeIfAbsent(FaultKind.valueOf(fault.kind()), kind -> new EnumMap<>(Phase.class))
            .merge(fault.phase(), 1, Integer::sum);
      }
    }
    return counts;
  }

  private List<String> missing(Map<FaultKind, Map<Phase, Integer>> faults, Publishes publishes) {
    List<String> missing = new ArrayList<>();
    for (FaultKind kind : claims.kinds) {
      int count = total(faults.getOrDefault(kind, Map.of()));
      if (count < claims.faultsOfEachKind) {
        missing.add(
            "%s came %d times, and should have come %d times"
                .formatted(kind, count, claims.faultsOfEachKind));
      }
    }
    if (claims.everyPhase) {
      Arrays.stream(Phase.values())
          .filter(phase -> phase != Phase.UNKNOWN)
          .filter(phase -> faults.values().stream().noneMatch(by -> by.containsKey(phase)))
          .forEach(phase -> missing.add("no fault came in the phase " + phase));
    }
    claims.pairs.stream()
        .filter(pair -> !faults.getOrDefault(pair.kind(), Map.of()).containsKey(pair.phase()))
        .forEach(
            pair ->
                missing.add("%s never came in the phase %s".formatted(pair.kind(), pair.phase())));
    claims.burdens.stream()
        .filter(burden -> !publishes.byBurden().containsKey(burden))
        .forEach(burden -> missing.add("no message was " + burden));
    long ok = publishes.count(Outcome.OK);
    if (ok < claims.publishesOk) {
      missing.add(
          "%d messages were published, and should have been %d".formatted(ok, claims.publishesOk));
    }
    return missing;
  }

  private static int total(Map<Phase, Integer> byPhase) {
    return byPhase.values().stream().mapToInt(Integer::intValue).sum();
  }

  private void printFaults(Map<FaultKind, Map<Phase, Integer>> faults) {
    out.printf("%n%d faults%n", faults.values().stream().mapToInt(Report::total).sum());
    out.printf("  %-22s", "");
    for (Phase phase : Phase.values()) {
      out.printf("%14s", label(phase));
    }
    out.println();
    faults.forEach(
        (kind, phases) -> {
          out.printf("  %-22s", label(kind));
          for (Phase phase : Phase.values()) {
            out.printf("%14s", phases.containsKey(phase) ? phases.get(phase) : "");
          }
          out.println();
        });
  }

  private void printPublishes(Publishes publishes) {
    out.printf(
        "%n%d publishes ok, %d refused, %d unknown; among them%n",
        publishes.count(Outcome.OK),
        publishes.count(Outcome.FAILED),
        publishes.count(Outcome.UNKNOWN));
    publishes
        .byBurden()
        .forEach((burden, count) -> out.printf("  %-22s%14d%n", label(burden), count));
  }

  private void printFigures(Figures figures) {
    out.printf("%n%d operations in %.0f s%n", figures.operations(), seconds(figures.duration()));
    out.printf(
        "  %-22s%14s%14s%14s%14s%14s%14s%n",
        "subscription", "messages", "attempts", "duplicates", "skipped", "dead letters", "longest");
    for (Figures.Subscribed by : figures.subscriptions()) {
      // An ephemeral one has a line for each process.
      if (by.guarantee() != Guarantee.EPHEMERAL) {
        out.printf(
            "  %-22s%14d%14d%14d%14d%14d%12.1f s%n",
            by.subscription(),
            by.messages(),
            by.attempts(),
            by.duplicates(),
            by.skipped(),
            by.deadLetters(),
            seconds(by.longest()));
      }
    }
    out.printf(
        "  %-22s%14d%n%n",
        "ephemeral",
        figures.subscriptions().stream()
            .filter(by -> by.guarantee() == Guarantee.EPHEMERAL)
            .mapToLong(Figures.Subscribed::messages)
            .sum());
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
