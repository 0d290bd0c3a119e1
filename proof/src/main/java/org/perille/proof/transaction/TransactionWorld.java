package org.perille.proof.transaction;

import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.CoverageFloor;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.World;

/** Transactions and single messages of several nodes, and the logs that relay transactions. */
public final class TransactionWorld implements World {
  @Override
  public String name() {
    return "transaction";
  }

  @Override
  public int steps() {
    return 3000;
  }

  @Override
  public CoverageFloor floor() {
    return CoverageFloor.of(Mark.values(), TransactionFaults.ALL);
  }

  @Override
  public Scenario begin(Choices choices, ActorSystem<?> system, RunRecorder recorder) {
    return new TransactionModel(choices, recorder);
  }
}
