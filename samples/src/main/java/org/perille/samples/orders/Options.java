package org.perille.samples.orders;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.perille.samples.launch.WrongUseException;

/** The command line's options. */
record Options(
    Optional<Path> data, Optional<Path> input, Optional<Integer> rate, int nodes, boolean help) {
  static final String USAGE =
      """
      Replays the invoices of a retailer as orders to six services, and checks what they did.
      Payment refuses some of them, and for some seconds the mail service is slow, then down:
      the operator handles their dead letters when all else is done.

      samples/run orders [options]

        --data DIR    store the data in DIR and resume the run in it; by default the data
                      is in a temporary directory that is deleted at the end
        --input FILE  another file of the same format, plain or .gz
        --rate N      lines to publish per second (default: as fast as possible)
        --nodes N     1 (default): one node on embedded H2; 2 to 9: a cluster of N
                      processes and an embedded PostgreSQL
        --help        this text

      Exit status: 0 if everything adds up, 1 if it doesn't, 2 for wrong options or input.
      You may kill it at any moment, with kill -9 too. Run it again with the same --data, and it
      resumes. In a cluster you may kill any node: its pid is printed, and it is restarted.

      Keys while a cluster runs, each with Enter. A number names a node; without one, it is
      the newest. Nodes that keys stop or kill aren't restarted.

        +             add a node (up to 9)
        -, -2         stop a node in order (SIGTERM)
        k, k2         kill a node (kill -9)
        p, p2         pause a node (SIGSTOP), or resume a paused one (SIGCONT)
        ?, h          list the nodes and the keys

      Keys are lines of the standard input: (sleep 20; echo k1) | samples/run orders --nodes 2
      works too. In the background of a shell, use < /dev/null.""";

  static Options parse(List<String> arguments) {
    Options options = new Options(Optional.empty(), Optional.empty(), Optional.empty(), 1, false);
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String name = rest.next();
      options =
          switch (name) {
            case "--help", "-h" -> options.withHelp();
            case "--data" -> options.withData(path(name, value(name, rest)));
            case "--input" -> options.withInput(path(name, value(name, rest)));
            case "--rate" -> options.withRate(number(name, value(name, rest), 1_000_000));
            case "--nodes" ->
                options.withNodes(number(name, value(name, rest), NodeKeys.MAX_NODES));
            default -> throw wrong("unknown option '" + name + "'");
          };
    }
    return options;
  }

  private static String value(String name, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw wrong(name + " needs a value");
    }
    return rest.next();
  }

  private static Path path(String name, String value) {
    if (value.isBlank()) {
      throw wrong(name + " is empty");
    }
    return Path.of(value);
  }

  private static int number(String name, String value, int most) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with numbers out of range.
    }
    throw wrong("%s is '%s': use a number from 1 to %d".formatted(name, value, most));
  }

  private static WrongUseException wrong(String message) {
    return new WrongUseException(message + "; see --help");
  }

  private Options withHelp() {
    return new Options(data, input, rate, nodes, true);
  }

  private Options withData(Path directory) {
    return new Options(Optional.of(directory), input, rate, nodes, help);
  }

  private Options withInput(Path file) {
    return new Options(data, Optional.of(file), rate, nodes, help);
  }

  private Options withRate(int linesPerSecond) {
    return new Options(data, input, Optional.of(linesPerSecond), nodes, help);
  }

  private Options withNodes(int number) {
    return new Options(data, input, rate, number, help);
  }
}
