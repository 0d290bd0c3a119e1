package org.perille.internal.subscribe;

import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.Chronicle;
import org.perille.proof.simulation.Floor;
import org.perille.proof.simulation.World;

/** Publishers, a network, a partition, and a subscription of any guarantee. */
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
  public Floor floor() {
    return Floor.of(Mark.values(), DeliveryFaults.ALL);
  }

  @Override
  public Story begin(Choices choices, ActorSystem<?> system, Chronicle chronicle) {
    return new Simulation(choices, system, chronicle, false);
  }
}
