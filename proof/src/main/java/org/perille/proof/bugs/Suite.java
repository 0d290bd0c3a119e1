package org.perille.proof.bugs;

import java.util.List;
import java.util.Optional;
import org.perille.proof.actors.ActorsMain;
import org.perille.proof.simulation.SimulateMain;
import org.perille.proof.simulation.Simulator;

/** What catches bugs. */
enum Suite {
  /** Decisions, in virtual time. */
  SIMULATOR(SimulateMain.class, SimulateMain.FIRST_FAILURE) {
    @Override
    int tries(int runs) {
      return runs * Simulator.WORLDS.size();
    }
  },
  /** Real actors, for what no decision is about: a run takes seconds, so there are fewer. */
  ACTORS(ActorsMain.class, ActorsMain.FIRST_FAILURE) {
    @Override
    int tries(int runs) {
      return Math.max(1, runs / 2000);
    }
  };

  private final Class<?> main;
  private final String firstFailure;

  Suite(Class<?> main, String firstFailure) {
    this.main = main;
    this.firstFailure = firstFailure;
  }

  /** How often it is run for what so many simulated runs of a world are to find. */
  abstract int tries(int runs);

  /** What a process is to be started with, behind its class path. */
  List<String> command(int runs) {
    return List.of(main.getName(), "--until-failure", "1", "--runs", Integer.toString(tries(runs)));
  }

  /** How it was caught, if the output says so. */
  Optional<String> failureIn(List<String> output) {
    return output.stream()
        .filter(line -> line.startsWith(firstFailure))
        .findFirst()
        .map(
            line ->
                "the "
                    + name().toLowerCase(java.util.Locale.ROOT)
                    + ", "
                    + line.substring(firstFailure.length()));
  }
}
