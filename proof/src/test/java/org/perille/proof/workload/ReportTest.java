package org.perille.proof.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Guarantee;
import org.perille.Receipt;
import org.perille.testkit.history.Operation.EffectFound;
import org.perille.testkit.history.Operation.EffectsRead;
import org.perille.testkit.history.Operation.FaultBegan;
import org.perille.testkit.history.Operation.LogRead;
import org.perille.testkit.history.Operation.MessageRead;
import org.perille.testkit.history.Operation.SubscriptionDeclared;
import org.perille.testkit.history.Phase;

class ReportTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  private boolean judge(Report.Claims claims) throws IOException {
    return new Report(
            claims, Duration.ofMinutes(1), new PrintStream(said, true, StandardCharsets.UTF_8))
        .judge(directory);
  }

  /** Records a run with one published message, one killed node, and this number of effects. */
  private void record(int effects) throws IOException {
    try (Witness witness = Witness.open(directory, "node-1.1")) {
      witness
          .recorder()
          .record(
              new SubscriptionDeclared(
                  Witness.now(), "transactional", "load", Guarantee.EFFECTIVELY_ONCE, true));
      witness
          .publishing("load", Item.of("k", "v", Item.Mood.NORMAL), Optional.empty())
          .stored(Receipt.of("load", "k", 0, 0));
      witness
          .recorder()
          .record(new FaultBegan(Witness.now(), "NODE_KILLED", Phase.AFTER_WRITE, "node-2"));
      witness
          .recorder()
          .record(new MessageRead(Witness.now(), "audit", "load", 0, 0, "k", "v", ""));
      witness.recorder().record(new LogRead(Witness.now(), "audit", "load", 0, 1));
      for (int i = 0; i < effects; i++) {
        witness
            .recorder()
            .record(new EffectFound(Witness.now(), i, "transactional", 0, 0, "k", "v", 0));
      }
      witness.recorder().record(new EffectsRead(Witness.now(), "transactional"));
    }
  }

  @Test
  void a_good_run_that_did_what_it_claims_is_good() throws IOException {
    record(1);
    assertThat(judge(new Report.Claims(true, List.of("NODE_KILLED"), 1, false, Set.of(), false, 1)))
        .isTrue();
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("verdict: good");
  }

  @Test
  void a_run_with_an_anomaly_is_not_good() throws IOException {
    record(2);
    assertThat(judge(Report.Claims.NONE)).isFalse();
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("double-effect");
  }

  @Test
  void a_run_that_did_not_do_what_it_claims_is_not_good() throws IOException {
    record(1);
    assertThat(judge(new Report.Claims(true, List.of("NODE_KILLED"), 2, false, Set.of(), false, 1)))
        .isFalse();
    assertThat(judge(new Report.Claims(true, List.of("DISK_FULL"), 1, false, Set.of(), false, 1)))
        .isFalse();
    assertThat(judge(new Report.Claims(true, List.of(), 0, true, Set.of(), true, 1))).isFalse();
    assertThat(judge(new Report.Claims(true, List.of(), 0, false, Set.of(), false, 2))).isFalse();
    assertThat(
            judge(
                new Report.Claims(
                    true,
                    List.of(),
                    0,
                    false,
                    Set.of(new Report.Met("NODE_KILLED", Phase.RECOVERING)),
                    false,
                    1)))
        .isFalse();
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains(
            "NOT DONE  NODE_KILLED never came in the phase RECOVERING",
            "NOT DONE  NODE_KILLED came 1 times, and should have come 2 times",
            "NOT DONE  DISK_FULL came 0 times, and should have come 1 times",
            "NOT DONE  no fault came in the phase BEFORE_WRITE",
            "NOT DONE  no message was LATE",
            "NOT DONE  no message was STACK_OVERFLOW",
            "NOT DONE  no message had a key of the kind EMOJI",
            "NOT DONE  no message was committed with an outbox",
            "NOT DONE  1 messages were published, and should have been 2");
  }

  @Test
  void a_short_run_that_did_not_meet_everything_is_good_and_says_what_is_missing()
      throws IOException {
    record(1);
    assertThat(judge(new Report.Claims(false, List.of("DISK_FULL"), 1, false, Set.of(), true, 2)))
        .isTrue();
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains(
            "not met   DISK_FULL came 0 times, and should have come 1 times",
            "not met   no message was LATE",
            "not met   1 messages were published, and should have been 2",
            "verdict: good")
        .doesNotContain("NOT DONE");
  }

  @Test
  void a_short_run_with_an_anomaly_is_not_good() throws IOException {
    record(2);
    assertThat(judge(new Report.Claims(false, List.of(), 0, false, Set.of(), false, 1))).isFalse();
  }
}
