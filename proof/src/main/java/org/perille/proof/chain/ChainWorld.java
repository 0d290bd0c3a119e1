package org.perille.proof.chain;

import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.CoverageFloor;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.World;

/** Chains of topics with an event-sourced subscription between each two. */
public final class ChainWorld implements World {
  @Override
  public String name() {
    return "chain";
  }

  @Override
  public int steps() {
    return 4000;
  }

  @Override
  public CoverageFloor floor() {
    return CoverageFloor.of(Mark.values(), ChainFaults.ALL);
  }

  @Override
  public Scenario begin(Choices choices, ActorSystem<?> system, RunRecorder recorder) {
    return new ChainModel(choices, system, recorder);
  }
}
