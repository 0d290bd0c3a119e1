package org.perille.proof.simulation;

import org.apache.pekko.actor.typed.ActorSystem;

/** A part of Perille that is simulated: real decisions, and around them whatever may happen. */
public interface World {
  /** What it is called on the command line. */
  String name();

  /** How much happens before the faults end: far more would show little that other seeds don't. */
  int steps();

  /** Runs in a build: nearly all deliberate bugs show within 100 runs of a world. */
  default long runsInBuild() {
    return 500;
  }

  /** What a series of runs must have gone through. */
  CoverageFloor floor();

  /**
   * Begins a scenario; all its chances are of these choices, so that the same give the same
   * scenario.
   *
   * @param system makes bytes of things; nothing runs on it
   */
  Scenario begin(Choices choices, ActorSystem<?> system, RunRecorder recorder);

  /** What happens in one run. It fails with an error as soon as a promise is seen to be broken. */
  interface Scenario {
    /** Lets so much happen. */
    void run(int steps);

    /** Ends all faults, lets everything come to its end, and records what is there then. */
    void drain();
  }
}
