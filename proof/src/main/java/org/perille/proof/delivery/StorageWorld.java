package org.perille.proof.delivery;

import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.CoverageFloor;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.World;

/** The simulated world of deliveries whose effects are in a simulated database. */
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
  public CoverageFloor floor() {
    return CoverageFloor.of(
        Stream.<Enum<?>>concat(Stream.of(Mark.values()), Stream.of(StorageMark.values()))
            .toArray(Enum<?>[]::new),
        StorageFaults.ALL);
  }

  @Override
  public Scenario begin(Choices choices, ActorSystem<?> system, RunRecorder recorder) {
    return new Simulation(choices, system, recorder, true);
  }
}
