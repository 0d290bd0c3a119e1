package org.perille.internal.subscribe;

import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.Chronicle;
import org.perille.proof.simulation.Floor;
import org.perille.proof.simulation.World;

/** The delivery to a subscription whose effects are in a simulated database. */
public final class StorageWorld implements World {
  @Override
  public String name() {
    return "storage";
  }

  @Override
  public int steps() {
    return 1500;
  }

  @Override
  public long runsInBuild() {
    return 30;
  }

  @Override
  public Floor floor() {
    return Floor.of(
        Stream.<Enum<?>>concat(Stream.of(Mark.values()), Stream.of(StorageMark.values()))
            .toArray(Enum<?>[]::new),
        StorageFaults.ALL);
  }

  @Override
  public Story begin(Choices choices, ActorSystem<?> system, Chronicle chronicle) {
    return new Simulation(choices, system, chronicle, true);
  }
}
