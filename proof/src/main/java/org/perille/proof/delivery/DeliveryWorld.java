package org.perille.proof.delivery;

import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.CoverageFloor;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.World;

/** Publishers, a network, a partition, and a subscription with any guarantee. */
public final class DeliveryWorld implements World {
  @Override
  public String name() {
    return "delivery";
  }

  @Override
  public int steps() {
    return 1500;
  }

  @Override
  public CoverageFloor floor() {
    return CoverageFloor.of(Mark.values(), DeliveryFaults.ALL);
  }

  @Override
  public Scenario begin(Choices choices, ActorSystem<?> system, RunRecorder recorder) {
    return new Simulation(choices, system, recorder, false);
  }
}
