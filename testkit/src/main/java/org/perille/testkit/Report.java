package org.perille.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perille.DeadLetter;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.SubscriptionStatus.PartitionStatus;

/**
 * The human-readable state of a subscription: its attempts, its remaining work, and the reasons.
 */
final class Report {
  /** The limit of lines. More would hide the important ones. */
  private static final int MAX_LINES = 20;

  private final StringBuilder text = new StringBuilder();
  private final boolean ofKit;

  private Report(boolean ofKit) {
    this.ofKit = ofKit;
  }

  /**
   * Returns it as text.
   *
   * @param attempts are known to a test kit, which also controls the time
   */
  static String of(
      Subscription<?> subscription,
      SubscriptionStatus status,
      Optional<List<? extends Attempt<?>>> attempts,
      List<DeadLetter> letters) {
    Report report = new Report(attempts.isPresent());
    report.line(subscription + ":");
    report.progress(status);
    attempts.ifPresent(report::attempts);
    report.letters(letters);
    return report.text.toString().stripTrailing();
  }

  private void line(String line) {
    text.append(line).append(System.lineSeparator());
  }

  private void progress(SubscriptionStatus status) {
    List<PartitionStatus> used =
        status.partitions().stream()
            .filter(p -> p.endOffset() > 0 || !p.problems().equals(PartitionProblems.none()))
            .toList();
    if (used.isEmpty()) {
      line("  nothing was published to its topic");
    }
    for (PartitionStatus p : used) {
      line("  partition %d: %s%s".formatted(p.partition(), progress(p), problems(p.problems())));
    }
  }

  private static String progress(PartitionStatus p) {
    if (p.nextOffset().isEmpty()) {
      return p.endOffset() + " published; its worker has not started yet";
    }
    long next = p.nextOffset().getAsLong();
    long open = p.endOffset() - next - p.finishedAbove();
    return open <= 0
        ? p.endOffset() + " published, none of them left to take"
        : "%d published, %d not finished, from offset %d on".formatted(p.endOffset(), open, next);
  }

  private String problems(PartitionProblems problems) {
    List<String> parts = new ArrayList<>();
    if (problems.retrying() > 0) {
      parts.add(
          problems.retrying()
              + " failed and will be retried"
              + (ofKit ? " (advanceTime skips the delay)" : ""));
    }
    if (problems.waiting() > 0) {
      parts.add(problems.waiting() + " deferred: behind a failed one of their key, or not due yet");
    }
    if (problems.parkedKeys() > 0) {
      parts.add(problems.parkedKeys() + " keys parked behind a dead letter");
    }
    if (problems.deadLetters() > 0) {
      parts.add(problems.deadLetters() + " dead letters");
    }
    if (problems.skipped() > 0) {
      parts.add(problems.skipped() + " skipped");
    }
    problems.paused().ifPresent(reason -> parts.add("paused: " + reason));
    return parts.isEmpty() ? "" : "; " + String.join("; ", parts);
  }

  private void attempts(List<? extends Attempt<?>> attempts) {
    if (attempts.isEmpty()) {
      line("  its handler was never called");
      return;
    }
    line("  its handler was called %d times:".formatted(attempts.size()));
    if (attempts.size() > MAX_LINES) {
      line("    … %d before these".formatted(attempts.size() - MAX_LINES));
    }
    attempts.stream()
        .skip(Math.max(0, attempts.size() - MAX_LINES))
        .forEach(attempt -> line("    " + attempt));
  }

  private void letters(List<DeadLetter> letters) {
    letters.stream()
        .limit(MAX_LINES)
        .forEach(
            letter ->
                line(
                    "  dead letter: key '%s', partition %d, offset %d, %s after %d attempts: %s"
                        .formatted(
                            letter.key(),
                            letter.partition(),
                            letter.offset(),
                            letter.reason(),
                            letter.attempts(),
                            cause(letter))));
    if (letters.size() > MAX_LINES) {
      line("  … and %d more dead letters".formatted(letters.size() - MAX_LINES));
    }
  }

  private static String cause(DeadLetter letter) {
    return Stream.of(
            Optional.of(letter.failure().toString()), letter.error(), letter.errorMessage())
        .flatMap(Optional::stream)
        .collect(Collectors.joining(" "));
  }
}
