package org.perille.proof.actors;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The suite on real actors in one process, from the command line. */
public final class ActorsMain {
  /** The start of the line that names the first failure, with {@code --until-failure}. */
  public static final String FIRST_FAILURE = "first failure: ";

  private static final String USAGE =
      """
      usage: proof/run actors [options]

        --runs N           number of runs, with consecutive seeds (10)
        --minutes M        as many runs as start within M minutes
        --seed S           seed of the first run (1)
        --seconds T        duration of the faults in each run (4)
        --rate R           messages per second that each node and the client publish (60)
        --until-failure 1  stop after the first run that isn't good

      A seed determines the storms, but threads determine what they hit. So a seed shows where to
      look again; it isn't a replay. Histories of failed runs are in proof/target/actors.
      """;

  private ActorsMain() {}

  /**
   * Runs the suite. Exits with 0 if all runs were good with sufficient coverage, 1 if not, 2 if
   * misused.
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].matches("--help|-h")) {
      System.out.print(USAGE);
      System.exit(0);
    }
    Optional<Map<String, Long>> options = options(arguments);
    if (options.isEmpty()) {
      System.err.print(USAGE);
      System.exit(2);
    }
    System.exit(run(options.get()) ? 0 : 1);
  }

  private static Optional<Map<String, Long>> options(String... arguments) {
    Map<String, Long> options = new TreeMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      if (!arguments[i].matches("--(runs|minutes|seed|seconds|rate|until-failure)")
          || !arguments[i + 1].matches("[0-9]{1,9}")) {
        return Optional.empty();
      }
      options.put(arguments[i].substring(2), Long.parseLong(arguments[i + 1]));
    }
    return arguments.length % 2 == 0 ? Optional.of(options) : Optional.empty();
  }

  private static boolean run(Map<String, Long> options) throws Exception {
    long end =
        System.nanoTime() + TimeUnit.MINUTES.toNanos(options.getOrDefault("minutes", 100_000L));
    long runs = options.getOrDefault("runs", options.containsKey("minutes") ? Long.MAX_VALUE : 10L);
    long seed = options.getOrDefault("seed", 1L);
    ActorSuite suite =
        new ActorSuite(
            options.getOrDefault("rate", 60L).intValue(),
            Duration.ofSeconds(options.getOrDefault("seconds", 4L)),
            Path.of("proof", "target", "actors"),
            System.out);
    for (long i = 0; i < runs && System.nanoTime() < end; i++) {
      if (!suite.run(seed + i) && options.containsKey("until-failure")) {
        System.out.printf("%sseed %d, after %d runs%n", FIRST_FAILURE, seed + i, i + 1);
        return false;
      }
    }
    return suite.report();
  }
}
