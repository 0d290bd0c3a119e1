package org.perille.testkit.history;

import java.util.Locale;
import java.util.Map;

/** A verdict as text: the result, then the findings, then the figures. */
final class Report {
  private final Verdict verdict;
  private final TimeScale scale;
  private final StringBuilder text = new StringBuilder();

  Report(Verdict verdict, TimeScale scale) {
    this.verdict = verdict;
    this.scale = scale;
  }

  String text() {
    headline();
    verdict.findings().forEach(this::finding);
    counts();
    figures();
    return text.toString();
  }

  private void headline() {
    Figures figures = verdict.figures();
    line(
        "%s: %,d operations in %s, %s",
        verdict.isGood() ? "GOOD" : "NOT GOOD",
        figures.operations(),
        scale.words(figures.duration()),
        verdict.isGood() ? "no anomaly" : verdict.total() + " anomalies");
  }

  private void finding(Finding finding) {
    line("");
    line("%s: %s", finding.anomaly().label(), finding.sentence());
    for (Operation operation : finding.operations()) {
      line("  at %d: %s", operation.at(), OperationText.of(operation));
    }
  }

  private void counts() {
    line("");
    for (Map.Entry<Anomaly, Long> count : verdict.counts().entrySet()) {
      line(
          "%-24s %,8d%s",
          count.getKey().label(),
          count.getValue(),
          count.getValue() > Checker.MAX_EXPLAINED
              ? " (" + Checker.MAX_EXPLAINED + " explained)"
              : "");
    }
  }

  private void figures() {
    Figures figures = verdict.figures();
    line("");
    line(
        "published: %,d ok (%s), %,d failed, %,d unknown",
        figures.publishedOk(),
        scale.rate(figures.publishedOk(), figures.duration()),
        figures.publishedFailed(),
        figures.publishedUnknown());
    for (Figures.Subscribed it : figures.subscriptions()) {
      line(
          "%s (%s): %,d messages (%s), %,d attempts, %,d of them duplicates, %,d by replaced workers,"
              + " %,d dead letters, %,d skipped, longest time to handled %s",
          it.subscription(),
          it.guarantee().name().toLowerCase(Locale.ROOT).replace('_', '-'),
          it.messages(),
          scale.rate(it.messages(), figures.duration()),
          it.attempts(),
          it.duplicates(),
          it.afterReplacement(),
          it.deadLetters(),
          it.skipped(),
          scale.words(it.longest()));
    }
  }

  private void line(String format, Object... parts) {
    text.append(String.format(Locale.ROOT, format, parts)).append('\n');
  }
}
