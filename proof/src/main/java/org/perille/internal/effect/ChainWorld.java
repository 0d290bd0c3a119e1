package org.perille.internal.effect;

import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.Chronicle;
import org.perille.proof.simulation.Floor;
import org.perille.proof.simulation.World;

/** Topics one behind the other, with an event-sourced subscription between each two. */
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
  public Floor floor() {
    return Floor.of(Mark.values(), ChainFaults.ALL);
  }

  @Override
  public Story begin(Choices choices, ActorSystem<?> system, Chronicle chronicle) {
    return new ChainModel(choices, system, chronicle);
  }
}
