package org.perille.proof.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.perille.testkit.history.MemoryRecorder;

class FaultLogTest {
  private static final Duration BOUND = Duration.ofSeconds(30);

  private static FaultLog log(boolean bounded) {
    return new FaultLog(
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
        new MemoryRecorder(),
        bounded);
  }

  @Test
  void a_pause_above_its_bound_is_a_finding_of_a_long_run() {
    FaultLog log = log(true);
    log.paused(FaultKind.CLUSTER_SPLIT, Duration.ofSeconds(14), BOUND, true);
    assertThat(log.findings()).isEmpty();
    log.paused(FaultKind.CLUSTER_SPLIT, Duration.ofSeconds(31), BOUND, true);
    assertThat(log.findings()).singleElement().asString().startsWith("late-takeover");
    log.paused(FaultKind.CLUSTER_SPLIT, Duration.ofSeconds(9), BOUND, true);
    assertThat(log.longestPauses()).containsOnlyKeys(FaultKind.CLUSTER_SPLIT);
    assertThat(log.longestPauses().get(FaultKind.CLUSTER_SPLIT)).isEqualTo(Duration.ofSeconds(31));
  }

  @Test
  void a_brief_run_only_prints_it() {
    FaultLog log = log(false);
    log.paused(FaultKind.MAJORITY_KILLED, Duration.ofSeconds(31), BOUND, true);
    assertThat(log.findings()).isEmpty();
    assertThat(log.wasJudged(FaultKind.MAJORITY_KILLED)).isTrue();
    assertThat(log.wasJudged(FaultKind.CLUSTER_SPLIT)).isFalse();
  }
}
