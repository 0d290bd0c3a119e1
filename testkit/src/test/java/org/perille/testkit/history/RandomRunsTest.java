package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RandomRunsTest {
  private static final int RUNS = 3_000;

  @Test
  void runs_that_keep_all_promises_have_no_anomaly_whatever_happens_in_them() {
    Checker checker = Checker.ofSteps().withBound(1_000_000);
    long duplicates = 0;
    long replaced = 0;
    long skipped = 0;
    long letters = 0;
    for (long seed = 0; seed < RUNS; seed++) {
      Verdict verdict = checker.judge(new RandomRun(seed).history());
      assertThat(verdict.isGood()).as("seed %d%n%s", seed, verdict.report()).isTrue();
      for (Figures.Subscribed figures : verdict.figures().subscriptions()) {
        duplicates += figures.duplicates();
        replaced += figures.afterReplacement();
        skipped += figures.skipped();
        letters += figures.deadLetters();
      }
    }
    // Runs without events prove nothing.
    assertThat(duplicates).isGreaterThan(RUNS);
    assertThat(replaced).isGreaterThan(RUNS / 10);
    assertThat(skipped).isGreaterThan(RUNS / 10);
    assertThat(letters).isGreaterThan(RUNS);
  }
}
