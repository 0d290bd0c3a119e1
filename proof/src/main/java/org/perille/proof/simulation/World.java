package org.perille.proof.simulation;

import org.apache.pekko.actor.typed.ActorSystem;

/** A simulated part of Perille: real decisions in a random environment. */
public interface World {
  /** Returns the name on the command line. */
  String name();

  /**
   * Returns the number of steps before the faults end. More steps show little that other seeds
   * don't.
   */
  int steps();

  /**
   * Returns the number of runs in a build. Nearly all deliberate bugs show within 100 runs of a
   * world.
   */
  default long runsInBuild() {
    return 500;
  }

  /** Returns the coverage that a series of runs must reach. */
  CoverageFloor floor();

  /**
   * Starts a scenario. The same choices result in the same scenario.
   *
   * @param system the system for serialization; no actor runs on it
   */
  Scenario begin(Choices choices, ActorSystem<?> system, RunRecorder recorder);

  /**
   * One run of a world. It fails with an error as soon as a violation of a guarantee is visible.
   */
  interface Scenario {
    /** Takes this number of steps. */
    void run(int steps);

    /** Ends all faults, lets everything finish, and records the final state. */
    void drain();
  }
}
