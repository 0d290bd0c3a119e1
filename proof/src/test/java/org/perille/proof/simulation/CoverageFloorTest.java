package org.perille.proof.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.Phase;

/** A series of runs proves nothing about situations that never happened in it. */
class CoverageFloorTest {
  private enum Went {
    HERE,
    THERE
  }

  private static final FaultKind CRASH = FaultKind.of("crash");
  private static final FaultKind WRITE =
      FaultKind.only("write", "writes only", Phase.BEFORE_WRITE, Phase.AFTER_WRITE);
  private static final CoverageFloor FLOOR = CoverageFloor.of(Went.values(), List.of(CRASH, WRITE));
  private static final Map<String, Long> EVERYWHERE = Map.of("HERE", 3L, "THERE", 1L);

  private final RunRecorder recorder = new RunRecorder(false);

  private Coverage all() {
    CRASH.phases().forEach(phase -> recorder.fault(CRASH, phase));
    WRITE.phases().forEach(phase -> recorder.fault(WRITE, phase));
    return coverage();
  }

  private Coverage coverage() {
    return Coverage.of(recorder.history());
  }

  @Test
  void nothing_is_missing_when_all_was_gone_through() {
    assertThat(FLOOR.shortfalls(EVERYWHERE, all())).isEmpty();
  }

  @Test
  void a_mark_that_never_occurred_is_missing() {
    assertThat(FLOOR.shortfalls(Map.of("HERE", 3L), all()))
        .containsExactly("nothing went through THERE");
  }

  @Test
  void a_fault_that_never_met_a_phase_is_missing() {
    for (Phase phase : CRASH.phases()) {
      if (phase != Phase.RECOVERING) {
        recorder.fault(CRASH, phase);
      }
    }
    WRITE.phases().forEach(phase -> recorder.fault(WRITE, phase));
    assertThat(FLOOR.shortfalls(EVERYWHERE, coverage()))
        .containsExactly("fault crash in phase RECOVERING: 1 wanted, 0 found");
  }

  @Test
  void what_was_thought_to_be_impossible_is_told() {
    all();
    recorder.fault(WRITE, Phase.HANDING_OFF);
    recorder.fault(FaultKind.of("flood"), Phase.UNKNOWN);
    assertThat(FLOOR.shortfalls(EVERYWHERE, coverage()))
        .containsExactly(
            "fault write hit phase HANDING_OFF, which was thought to be impossible: writes only",
            "fault flood is unknown to the world");
  }

  @Test
  void the_table_tells_what_has_not_happened_from_what_can_not() {
    recorder.fault(CRASH, Phase.BEFORE_WRITE);
    List<String> table = FLOOR.table(coverage());
    assertThat(table.get(1)).matches("  crash +1 +0 +0 +0 +0 +0");
    assertThat(table.get(2)).matches("  write +0 +0 +- +- +- +0");
  }
}
