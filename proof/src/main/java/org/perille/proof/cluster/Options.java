package org.perille.proof.cluster;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * What a run was asked for.
 *
 * @param brief whether it injects a fixed list of faults, each kind once
 * @param minutes for which faults are injected, unless their number is given
 * @param keep whether the run's files are kept although all went well
 * @param rate messages a second that each process publishes
 */
record Options(
    boolean brief,
    int minutes,
    Optional<Integer> faults,
    List<FaultKind> only,
    long seed,
    int nodes,
    int rate,
    boolean keep,
    Path directory) {

  static final String USAGE =
      """
      usage: proof/run cluster [options]

        --short          each kind of fault once, three to five minutes; what a build runs
        --minutes M      inject faults for so long (10)
        --faults N       inject so many faults, however long it takes
        --only K,K,...   inject only these kinds of faults
        --seed S         which faults, in which order (a new one each time)
        --nodes N        3 to 5 nodes (3)
        --rate R         messages a second that each node and the client publish (10)
        --keep           keep the run's files also if all went well
        --judge D        judge the history that a run has left in a directory, and no more
        --directory D    where they are (a new directory below the temporary one)

      kinds: %s
      """
          .formatted(Arrays.toString(FaultKind.values()));

  /** The command line is wrong; the message says how. */
  static final class WrongUseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongUseException(String message) {
      super(message + "; see --help");
    }
  }

  static Options parse(String... arguments) {
    Deque<String> left = new ArrayDeque<>(List.of(arguments));
    Options options =
        new Options(
            false,
            10,
            Optional.empty(),
            List.of(FaultKind.values()),
            System.nanoTime() & 0xffff_ffffL,
            3,
            10,
            false,
            Path.of(
                System.getProperty("java.io.tmpdir"),
                "perille-cluster-" + ProcessHandle.current().pid()));
    while (!left.isEmpty()) {
      options = options.with(left.remove(), left);
    }
    return options;
  }

  private Options with(String option, Deque<String> left) {
    return switch (option) {
      case "--short" ->
          new Options(true, minutes, faults, only, seed, nodes, rate, keep, directory);
      case "--minutes" ->
          new Options(
              brief,
              number(option, left, 1, 10_000),
              faults,
              only,
              seed,
              nodes,
              rate,
              keep,
              directory);
      case "--faults" ->
          new Options(
              brief,
              minutes,
              Optional.of(number(option, left, 0, 1_000_000)),
              only,
              seed,
              nodes,
              rate,
              keep,
              directory);
      case "--only" ->
          new Options(
              brief,
              minutes,
              faults,
              Arrays.stream(value(option, left).split(",")).map(Options::kind).toList(),
              seed,
              nodes,
              rate,
              keep,
              directory);
      case "--seed" ->
          new Options(
              brief,
              minutes,
              faults,
              only,
              seed(value(option, left)),
              nodes,
              rate,
              keep,
              directory);
      case "--nodes" ->
          new Options(
              brief,
              minutes,
              faults,
              only,
              seed,
              number(option, left, 3, 5),
              rate,
              keep,
              directory);
      case "--rate" ->
          new Options(
              brief,
              minutes,
              faults,
              only,
              seed,
              nodes,
              number(option, left, 1, 1_000),
              keep,
              directory);
      case "--keep" ->
          new Options(brief, minutes, faults, only, seed, nodes, rate, true, directory);
      case "--directory" ->
          new Options(
              brief, minutes, faults, only, seed, nodes, rate, keep, Path.of(value(option, left)));
      default -> throw new WrongUseException("there is no option '" + option + "'");
    };
  }

  private static String value(String option, Deque<String> left) {
    if (left.isEmpty()) {
      throw new WrongUseException(option + " needs a value");
    }
    return left.remove();
  }

  private static int number(String option, Deque<String> left, int least, int most) {
    String value = value(option, left);
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new WrongUseException(
        "%s is '%s': give a number from %d to %d".formatted(option, value, least, most));
  }

  private static long seed(String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new WrongUseException("--seed is '" + value + "': give a number");
    }
  }

  private static FaultKind kind(String name) {
    return Arrays.stream(FaultKind.values())
        .filter(kind -> kind.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new WrongUseException("there is no fault '" + name + "'"));
  }
}
