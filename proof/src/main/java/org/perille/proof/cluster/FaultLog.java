package org.perille.proof.cluster;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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
  private int count;

  FaultLog(PrintStream out, Recorder recorder) {
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
