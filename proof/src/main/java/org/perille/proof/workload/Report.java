package org.perille.proof.workload;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perille.Guarantee;
import org.perille.testkit.history.Checker;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.Figures;
import org.perille.testkit.history.History;
import org.perille.testkit.history.Outcome;
import org.perille.testkit.history.Phase;
import org.perille.testkit.history.Verdict;

/** A report on a run: the checker's verdict, and whether the run did what it claims. */
public final class Report {
  /** A kind of fault in a phase. */
  public record Met(String kind, Phase phase) {}

  /**
   * The minimum that a run must have done to count. A run that published nothing has no anomalies
   * either.
   *
   * @param binding whether a run that did less fails; a short run depends on the machine's speed,
   *     and only reports it
   * @param everyMessage whether it published messages and keys of every kind
   */
  public record Claims(
      boolean binding,
      List<String> kinds,
      int faultsOfEachKind,
      boolean everyPhase,
      Set<Met> pairs,
      boolean everyMessage,
      long publishesOk) {
    /** No claims: any run counts. */
    public static final Claims NONE = new Claims(false, List.of(), 0, false, Set.of(), false, 0);

    public Claims {
      kinds = List.copyOf(kinds);
      pairs = Set.copyOf(pairs);
    }
  }

  private final Claims claims;
  private final Duration timeout;
  private final PrintStream out;

  /**
   * Creates a report on one run.
   *
   * @param timeout the longest time after the final heal within which everything must be handled
   */
  public Report(Claims claims, Duration timeout, PrintStream out) {
    this.claims = claims;
    this.timeout = timeout;
    this.out = out;
  }

  /**
   * Judges the history in a directory.
   *
   * @return whether there is no anomaly and, if the claims are binding, the run did what it claims
   */
  public boolean judge(Path directory) throws IOException {
    History history = History.readDirectory(directory, Witness.FILES);
    Verdict verdict = Checker.ofNanoseconds().withBound(timeout.toNanos()).judge(history);
    Coverage faults = Coverage.of(history);
    new FaultTable(faults).print(out);
    Publishes publishes = Publishes.of(history);
    publishes.print(out);
    printFigures(verdict.figures());
    List<String> missing = missing(faults, publishes);
    missing.forEach(what -> out.println((claims.binding ? "NOT DONE  " : "not met   ") + what));
    if (!verdict.isGood()) {
      out.println(verdict.report());
    }
    out.printf(
        "verdict: %s%s%n",
        verdict,
        missing.isEmpty()
            ? ""
            : claims.binding
                ? ", but the run didn't do what it claims"
                : "; the run didn't meet everything, which is left to long runs");
    return verdict.isGood() && (missing.isEmpty() || !claims.binding);
  }

  private List<String> missing(Coverage faults, Publishes publishes) {
    List<String> missing = new ArrayList<>();
    for (String kind : claims.kinds) {
      long count = faults.faults(kind);
      if (count < claims.faultsOfEachKind) {
        missing.add(
            "%s came %d times, and should have come %d times"
                .formatted(kind, count, claims.faultsOfEachKind));
      }
    }
    if (claims.everyPhase) {
      Arrays.stream(Phase.values())
          .filter(phase -> phase != Phase.UNKNOWN)
          .filter(phase -> faults.faults().values().stream().noneMatch(by -> by.containsKey(phase)))
          .forEach(phase -> missing.add("no fault came in the phase " + phase));
    }
    claims.pairs.stream()
        .filter(
            pair -> !faults.faults().getOrDefault(pair.kind(), Map.of()).containsKey(pair.phase()))
        .forEach(
            pair ->
                missing.add("%s never came in the phase %s".formatted(pair.kind(), pair.phase())));
    if (claims.everyMessage) {
      missing.addAll(publishes.missing());
    }
    long ok = publishes.count(Outcome.OK);
    if (ok < claims.publishesOk) {
      missing.add(
          "%d messages were published, and should have been %d".formatted(ok, claims.publishesOk));
    }
    return missing;
  }

  private void printFigures(Figures figures) {
    out.printf("%n%d operations in %.0f s%n", figures.operations(), seconds(figures.duration()));
    out.printf(
        "  %-22s%14s%14s%14s%14s%14s%14s%n",
        "subscription", "messages", "attempts", "duplicates", "skipped", "dead letters", "longest");
    for (Figures.Subscribed by : figures.subscriptions()) {
      // An ephemeral subscription has a line for each process.
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

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
