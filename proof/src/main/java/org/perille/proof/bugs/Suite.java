package org.perille.proof.bugs;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.perille.proof.actors.ActorsMain;
import org.perille.proof.simulation.SimulateMain;

/** A suite that catches bugs. */
enum Suite {
  /** Simulated runs of decisions, in virtual time. */
  SIMULATOR(SimulateMain.class, SimulateMain.FIRST_FAILURE, "--world delivery,chain,transaction") {
    @Override
    int tries(int runs) {
      return runs * 3;
    }
  },
  /** The real classes of the storage, on a simulated database. */
  STORAGE(SimulateMain.class, SimulateMain.FIRST_FAILURE, "--world storage") {
    @Override
    int tries(int runs) {
      return runs;
    }
  },
  /**
   * Real actors, for code without decisions. Their runs take seconds, so there are fewer of them.
   */
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

  /** Returns the number of runs that corresponds to this number of simulated runs of a world. */
  abstract int tries(int runs);

  /** Returns the main class and the arguments of the process. */
  List<String> command(int runs) {
    return Stream.concat(
            Stream.of(
                main.getName(), "--until-failure", "1", "--runs", Integer.toString(tries(runs))),
            Stream.of(options.split(" ", -1)).filter(option -> !option.isEmpty()))
        .toList();
  }

  /** Returns the description of the failure, if the output contains one. */
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
