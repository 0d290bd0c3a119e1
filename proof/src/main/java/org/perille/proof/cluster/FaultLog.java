package org.perille.proof.cluster;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perille.proof.workload.Witness;
import org.perille.testkit.history.Operation.FaultBegan;
import org.perille.testkit.history.Operation.FaultEnded;
import org.perille.testkit.history.Phase;
import org.perille.testkit.history.Recorder;

/** The log of injected faults. It prints and records them at once. */
final class FaultLog {
  /** A fault that was injected. */
  record Fault(FaultKind kind, Phase phase, String victim) {}

  private final PrintStream out;
  private final Recorder recorder;
  private final long startNanos = System.nanoTime();
  private final List<String> findings = new ArrayList<>();
  private final Set<FaultKind> judged = EnumSet.noneOf(FaultKind.class);
  private final Map<FaultKind, Duration> longest = new EnumMap<>(FaultKind.class);
  private final boolean bounded;
  private int count;

  /**
   * Creates a log.
   *
   * @param bounded whether a time above its bound is a finding; if not, it is only printed
   */
  FaultLog(PrintStream out, Recorder recorder, boolean bounded) {
    this.bounded = bounded;
    this.out = out;
    this.recorder = recorder;
  }

  synchronized void began(Fault fault) {
    count++;
    recorder.record(
        new FaultBegan(Witness.now(), fault.kind().name(), fault.phase(), fault.victim()));
    say(
        "fault %d: %s, phase %s, on %s"
            .formatted(count, fault.kind(), fault.phase(), fault.victim()));
  }

  synchronized void ended(Fault fault) {
    recorder.record(
        new FaultEnded(Witness.now(), fault.kind().name(), fault.phase(), fault.victim()));
  }

  synchronized void say(String line) {
    out.printf("%7.1f s  %s%n", (System.nanoTime() - startNanos) / 1e9, line);
    out.flush();
  }

  /** Reports something that must not happen, and that no history of messages shows. */
  synchronized void found(String finding) {
    findings.add(finding);
    say("FOUND: " + finding);
  }

  /**
   * Judges the time for which messages weren't handled because of a fault.
   *
   * @param pause the longest time in which some partition handled nothing
   * @param over whether every partition handles messages again
   */
  synchronized void paused(FaultKind kind, Duration pause, Duration bound, boolean over) {
    judged(kind);
    longest.merge(kind, pause, (a, b) -> a.compareTo(b) > 0 ? a : b);
    String line =
        "%s: %s, after a pause of %.1f s (bound %d s)"
            .formatted(
                kind,
                over ? "every partition handles messages again" : "a partition handles NOTHING",
                pause.toMillis() / 1e3,
                bound.toSeconds());
    if (bounded && pause.compareTo(bound) > 0) {
      found("late-takeover: " + line);
    } else {
      say(line);
    }
  }

  /** Returns the longest pause by each kind of fault for which pauses were judged. */
  synchronized Map<FaultKind, Duration> longestPauses() {
    return longest.isEmpty() ? Map.of() : new EnumMap<>(longest);
  }

  /** Notes that a fault was judged whose judgement depends on its circumstances. */
  synchronized void judged(FaultKind kind) {
    judged.add(kind);
  }

  /** Returns whether such a fault was judged at least once. */
  synchronized boolean wasJudged(FaultKind kind) {
    return judged.contains(kind);
  }

  synchronized List<String> findings() {
    return List.copyOf(findings);
  }

  synchronized int count() {
    return count;
  }
}
