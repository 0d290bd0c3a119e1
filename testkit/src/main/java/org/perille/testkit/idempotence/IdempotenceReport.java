package org.perille.testkit.idempotence;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The result of an {@link IdempotenceCheck}.
 *
 * @param subject the subscription that was checked
 * @param crashPoints the number of places where a run was disturbed
 * @param runs the number of runs
 * @param time the duration of the check
 * @param findings the runs with a wrong effect; empty if the effect happens once. If the handler
 *     fails without a fault, only that finding
 */
public record IdempotenceReport(
    String subject, int crashPoints, int runs, Duration time, List<Finding> findings) {
  /** The limit of groups. More would hide the important ones. */
  private static final int MAX_GROUPS = 8;

  public IdempotenceReport {
    findings = List.copyOf(findings);
  }

  /** Returns whether the effect was the same in all runs. False if the handler always fails. */
  public boolean isEffectivelyOnce() {
    return findings.isEmpty();
  }

  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %d crash points, %d runs in %d.%d s"
            .formatted(subject, crashPoints, runs, time.toSeconds(), time.toMillisPart() / 100));
    if (findings.isEmpty()) {
      lines.add("effectively-once: the effect was the same in all runs");
    } else if (failureByItself().isPresent()) {
      lines.add(
          "NOT checked: the handler fails without any fault injected, so there is no effect that other runs could be compared with");
      addFindings(lines);
    } else {
      lines.add(
          "NOT effectively-once: %d %s"
              .formatted(
                  findings.size(),
                  findings.size() == 1
                      ? "run has another effect than it should"
                      : "runs have another effect than they should"));
      addFindings(lines);
    }
    return String.join(System.lineSeparator(), lines);
  }

  /**
   * Returns the failure of the handler without a fault. Faults follow only after runs without any.
   */
  Optional<Throwable> failureByItself() {
    return crashPoints > 0
        ? Optional.empty()
        : findings.stream().flatMap(finding -> finding.failure().stream()).findFirst();
  }

  private void addFindings(List<String> lines) {
    List<List<Finding>> groups = new ArrayList<>();
    for (Finding finding : findings) {
      groups.stream()
          .filter(group -> group.get(0).isLike(finding))
          .findFirst()
          .ifPresentOrElse(group -> group.add(finding), () -> groups.add(newGroup(finding)));
    }
    int number = 1;
    for (List<Finding> group : groups.subList(0, Math.min(MAX_GROUPS, groups.size()))) {
      Finding first = group.get(0);
      lines.add("");
      lines.add("%d. %s:".formatted(number++, first.where()));
      first.differences().forEach(difference -> lines.add("     " + difference));
      first.causes().forEach(cause -> lines.add("   because " + cause));
      first.failure().ifPresent(failure -> addStack(failure, lines));
      if (group.size() > 1) {
        lines.add(
            "   the same, with this or another message, at %d more crash points"
                .formatted(group.size() - 1));
      }
    }
    if (groups.size() > MAX_GROUPS) {
      lines.add("");
      lines.add("… and %d other kinds".formatted(groups.size() - MAX_GROUPS));
    }
  }

  private static void addStack(Throwable failure, List<String> lines) {
    StringWriter stack = new StringWriter();
    failure.printStackTrace(new PrintWriter(stack, true));
    stack.toString().lines().forEach(line -> lines.add("     " + line));
  }

  private static List<Finding> newGroup(Finding finding) {
    List<Finding> group = new ArrayList<>();
    group.add(finding);
    return group;
  }
}
