package org.perille.proof.bugs;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.perille.proof.actors.ActorsMain;
import org.perille.proof.simulation.SimulateMain;

/** What catches bugs. */
enum Suite {
  /** Decisions, in virtual time. */
  SIMULATOR(SimulateMain.class, SimulateMain.FIRST_FAILURE, "--world delivery,chain") {
    @Override
    int tries(int runs) {
      return runs * 2;
    }
  },
  /** Real classes of the storage, on a simulated database. */
  STORAGE(SimulateMain.class, SimulateMain.FIRST_FAILURE, "--world storage") {
    @Override
    int tries(int runs) {
      return runs;
    }
  },
  /** Real actors, for what no decision is about: a run takes seconds, so there are fewer. */
  ACTORS(ActorsMain.class, ActorsMain.FIRST_FAILURE, "") {
    @Override
    int tries(int runs) {
      return Math.max(1, runs / 2000);
    }
  };

  private final Class<?> main;
  private final String firstFailure;
  private final String options;

  Suite(Class<?> main, String firstFailure, String options) {
    this.main = main;
    this.firstFailure = firstFailure;
    this.options = options;
  }

  /** How often it is run for what so many simulated runs of a world are to find. */
  abstract int tries(int runs);

  /** What a process is to be started with, behind its class path. */
  List<String> command(int runs) {
    return Stream.concat(
            Stream.of(
                main.getName(), "--until-failure", "1", "--runs", Integer.toString(tries(runs))),
            Stream.of(options.split(" ", -1)).filter(option -> !option.isEmpty()))
        .toList();
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
