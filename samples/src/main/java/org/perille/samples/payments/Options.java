package org.perille.samples.payments;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.perille.samples.launch.WrongUseException;

/** The command line's options. */
record Options(Optional<Path> data, long seed, int payments, int crashes, boolean help) {
  static final String USAGE =
      """
      Pays out of accounts, while the client repeats requests and the node crashes between charging
      and acknowledging. Shows the result for each guarantee, and for a naive handler.

      samples/run payments [options]

        --crashes N   the node crashes N times, 0 to 50 (default 4): it halts itself, or is
                      killed, between the charge of a payment and its acknowledgement
        --payments N  ask for N payments, 20 to 100,000 (default 1,000): at least 20 for each
                      crash, and 20 more
        --seed S      other payments, amounts and repetitions (default 1)
        --data DIR    store the data in DIR and resume the run in it; by default the data
                      is in a temporary directory that is deleted at the end
        --help        this text

      Exit status: 0 if what must happen once has happened once, to the cent; 1 if it hasn't;
      2 for wrong options. You may kill the node too, with kill -9: its pid is printed, and it is
      restarted. Or kill the sample: run it again with the same options, and it resumes.""";

  private static final int MAX_CRASHES = 50;
  private static final int MAX_PAYMENTS = 100_000;

  static Options parse(List<String> arguments) {
    Options options = new Options(Optional.empty(), 1, 1_000, 4, false);
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String name = rest.next();
      options =
          switch (name) {
            case "--help", "-h" -> options.withHelp();
            case "--data" -> options.withData(path(name, value(name, rest)));
            case "--seed" ->
                options.withSeed(number(name, value(name, rest), Long.MIN_VALUE, Long.MAX_VALUE));
            case "--payments" ->
                options.withPayments(
                    (int)
                        number(name, value(name, rest), Plan.MIN_PAYMENTS_PER_CRASH, MAX_PAYMENTS));
            case "--crashes" ->
                options.withCrashes((int) number(name, value(name, rest), 0, MAX_CRASHES));
            default -> throw wrong("unknown option '" + name + "'");
          };
    }
    try {
      options.plan();
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
    return options;
  }

  /** Returns the settings of the plan. */
  Plan.Settings plan() {
    return new Plan.Settings(seed, payments, crashes);
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

  private static long number(String name, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, together with numbers out of range.
    }
    throw wrong("%s is '%s': use a number from %d to %d".formatted(name, value, least, most));
  }

  private static WrongUseException wrong(String message) {
    return new WrongUseException(message + "; see --help");
  }

  private Options withHelp() {
    return new Options(data, seed, payments, crashes, true);
  }

  private Options withData(Path directory) {
    return new Options(Optional.of(directory), seed, payments, crashes, help);
  }

  private Options withSeed(long number) {
    return new Options(data, number, payments, crashes, help);
  }

  private Options withPayments(int number) {
    return new Options(data, seed, number, crashes, help);
  }

  private Options withCrashes(int number) {
    return new Options(data, seed, payments, number, help);
  }
}
