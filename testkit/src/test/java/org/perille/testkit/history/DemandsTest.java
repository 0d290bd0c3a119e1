package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.perille.testkit.history.Demands.Shortfall;

class DemandsTest {
  private static final Demands DEMANDS =
      Demands.ofOperations(7).withFault("kill", 5).withFault("pause", 1).withEveryPhaseOf("kill");

  @Test
  void a_suite_that_did_all_it_claims_has_no_shortfall() {
    Coverage kills = Coverage.none();
    for (Phase phase : Demands.PHASES) {
      kills = kills.plus(fault("kill", phase));
    }

    assertThat(DEMANDS.shortfalls(kills.plus(fault("pause", Phase.UNKNOWN)).plus(end()))).isEmpty();
  }

  @Test
  void what_a_suite_did_not_do_is_named_with_what_it_did() {
    Coverage coverage =
        fault("kill", Phase.BEFORE_WRITE)
            .plus(fault("kill", Phase.UNKNOWN))
            .plus(fault("kill", Phase.RECOVERING));

    assertThat(DEMANDS.shortfalls(coverage))
        .containsExactly(
            new Shortfall("operations", 7, 3),
            new Shortfall("fault kill", 5, 3),
            new Shortfall("fault pause", 1, 0),
            new Shortfall("fault kill in phase AFTER_WRITE", 1, 0),
            new Shortfall("fault kill in phase AFTER_ANSWER", 1, 0),
            new Shortfall("fault kill in phase HANDING_OFF", 1, 0));
    assertThat(DEMANDS.shortfalls(coverage).get(1)).hasToString("fault kill: 5 wanted, 3 found");
  }

  @Test
  void nobody_can_demand_a_phase_that_was_not_looked_at() {
    assertThatThrownBy(() -> DEMANDS.withPhases("kill", Set.of(Phase.UNKNOWN)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("kill");
  }

  private static Coverage fault(String kind, Phase phase) {
    return Coverage.of(History.of(new Operation.FaultBegan(1, kind, phase, "")));
  }

  private static Coverage end() {
    return Coverage.of(History.of(new Operation.Ended(2)));
  }
}
