package org.perille.samples.clicks;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.perille.samples.launch.WrongUseException;

/** The command line's options. */
record Options(
    Optional<Path> data, int clicks, int links, int crashes, int seed, int rate, boolean help) {
  static final String USAGE =
      """
      Counts the clicks on short links in three ways, while the counting node is killed again
      and again: event-sourced, and in a table, once with the work before the cursor and once
      with the cursor before the work. Compares the counts with the published clicks, link by link.

      samples/run clicks [options]

        --clicks N    clicks to publish: 100 to 1,000,000 (default 20,000)
        --links N     number of links: 1 to 10,000 (default 200)
        --crashes N   number of crashes of the node: 0 to 50 (default 6)
        --rate N      clicks to publish per second (default 2,000)
        --seed N      seed of the clicks and the crashes: 0 to 1,000,000 (default 1)
        --data DIR    store the data in DIR and resume the run in it; by default the data
                      is in a temporary directory that is deleted at the end
        --help        this text

      Exit status: 0 if the event-sourced counter is exact for every link, 1 if it isn't, 2 for
      wrong options. You may kill it at any moment, with kill -9 too. Run it again with the same
      --data, and it resumes.""";

  static final Options DEFAULT = new Options(Optional.empty(), 20_000, 200, 6, 1, 2_000, false);

  static Options parse(List<String> arguments) {
    Options options = DEFAULT;
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String name = rest.next();
      options =
          switch (name) {
            case "--help", "-h" -> options.withHelp();
            case "--data" -> options.withData(path(name, value(name, rest)));
            case "--clicks" -> options.withClicks(number(name, rest, 100, 1_000_000));
            case "--links" -> options.withLinks(number(name, rest, 1, 10_000));
            case "--crashes" -> options.withCrashes(number(name, rest, 0, 50));
            case "--rate" -> options.withRate(number(name, rest, 1, 1_000_000));
            case "--seed" -> options.withSeed(number(name, rest, 0, 1_000_000));
            default -> throw wrong("unknown option '" + name + "'");
          };
    }
    return options;
  }

  /** Returns the options that a resumed run must share with the run before. */
  List<String> contents() {
    return List.of(
        "%d clicks on %d links".formatted(clicks, links),
        "%d crashes".formatted(crashes),
        "the seed %d".formatted(seed));
  }

  Traffic traffic() {
    return new Traffic(clicks, links, seed);
  }

  CrashPlan plan() {
    return new CrashPlan(clicks, crashes, seed);
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

  private static int number(String name, Iterator<String> rest, int least, int most) {
    String value = value(name, rest);
    try {
      int number = Integer.parseInt(value);
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
    return new Options(data, clicks, links, crashes, seed, rate, true);
  }

  private Options withData(Path directory) {
    return new Options(Optional.of(directory), clicks, links, crashes, seed, rate, help);
  }

  private Options withClicks(int number) {
    return new Options(data, number, links, crashes, seed, rate, help);
  }

  private Options withLinks(int number) {
    return new Options(data, clicks, number, crashes, seed, rate, help);
  }

  private Options withCrashes(int number) {
    return new Options(data, clicks, links, number, seed, rate, help);
  }

  private Options withRate(int clicksPerSecond) {
    return new Options(data, clicks, links, crashes, seed, clicksPerSecond, help);
  }

  private Options withSeed(int number) {
    return new Options(data, clicks, links, crashes, number, rate, help);
  }
}
