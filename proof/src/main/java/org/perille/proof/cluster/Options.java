package org.perille.proof.cluster;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The options of a run.
 *
 * @param brief whether it injects a short list of faults, each kind at most once
 * @param minutes the duration of the faults, unless their number is given
 * @param keep whether to keep the run's files after a good run
 * @param rate messages per second that each process publishes
 * @param tls whether the processes connect with each other by TLS, if this machine can make
 *     certificates
 * @param loopback whether to use no network namespaces even if they are available
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
    boolean loopback,
    boolean tls,
    Path directory) {

  static final String USAGE =
      """
      usage: proof/run cluster [options]

        --short          7 kinds of faults, chosen by the seed; for builds
        --minutes M      duration of the faults (10)
        --faults N       number of faults, instead of a duration
        --only K,K,...   inject only these kinds of faults
        --seed S         determines the faults and their order (a new one each time)
        --nodes N        2 to 5 nodes (3)
        --rate R         messages per second that each node and the client publish (10)
        --loopback       use no network namespaces, so that there are no network faults
        --tls on|off     mutual TLS between the processes (on if the seed is odd)
        --keep           keep the run's files also after a good run
        --judge D        only judge the history that a run has left in directory D
        --directory D    directory of the run's files (a new temporary directory)

      kinds: %s
      """
          .formatted(Arrays.toString(FaultKind.values()));

  /** Signals a wrong command line. The message says what is wrong. */
  static final class WrongUseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongUseException(String message) {
      super(message + "; see --help");
    }
  }

  static Options parse(String... arguments) {
    Deque<String> left = new ArrayDeque<>(List.of(arguments));
    Chosen chosen = new Chosen();
    while (!left.isEmpty()) {
      chosen.take(left.remove(), left);
    }
    return chosen.options();
  }

  /** The options chosen so far, with the defaults of all others. */
  private static final class Chosen {
    private boolean brief;
    private int minutes = 10;
    private Optional<Integer> faults = Optional.empty();
    private List<FaultKind> only = List.of(FaultKind.values());
    private long seed = System.nanoTime() & 0xffff_ffffL;
    private int nodes = 3;
    private int rate = 10;
    private boolean keep;
    private boolean loopback;
    private Optional<Boolean> tls = Optional.empty();
    private Path directory =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "perille-cluster-" + ProcessHandle.current().pid());

    void take(String option, Deque<String> left) {
      switch (option) {
        case "--short" -> brief = true;
        case "--minutes" -> minutes = number(option, left, 1, 10_000);
        case "--faults" -> faults = Optional.of(number(option, left, 0, 1_000_000));
        case "--only" ->
            only = Arrays.stream(value(option, left).split(",")).map(Options::kind).toList();
        case "--seed" -> seed = seed(value(option, left));
        case "--nodes" -> nodes = number(option, left, 2, 5);
        case "--rate" -> rate = number(option, left, 1, 1_000);
        case "--loopback" -> loopback = true;
        case "--tls" -> tls = Optional.of(onOrOff(value(option, left)));
        case "--keep" -> keep = true;
        case "--directory" -> directory = Path.of(value(option, left));
        default -> throw new WrongUseException("there is no option '" + option + "'");
      }
    }

    Options options() {
      return new Options(
          brief,
          minutes,
          faults,
          only,
          seed,
          nodes,
          rate,
          keep,
          loopback,
          tls.orElse(seed % 2 != 0),
          directory);
    }
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
      // The exception below reports it.
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

  private static boolean onOrOff(String value) {
    return switch (value) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new WrongUseException("--tls is '" + value + "': give on or off");
    };
  }

  private static FaultKind kind(String name) {
    return Arrays.stream(FaultKind.values())
        .filter(kind -> kind.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new WrongUseException("there is no fault '" + name + "'"));
  }
}
