package org.perille.samples.clicks;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.perille.samples.launch.WrongUseException;

/** What the sample was asked to do on the command line. */
record Options(
    Optional<Path> data, int clicks, int links, int crashes, int seed, int rate, boolean help) {
  static final String USAGE =
      """
      Counts the clicks on short links, three times, while the node that counts is killed again
      and again: event-sourced, and naively in a table, once with the work before the cursor and
      once with the cursor before the work. Compares them with what was published, link by link.

      samples/run clicks [options]

        --clicks N    how many are published: 100 to 1,000,000, 20,000 without it
        --links N     on how many links: 1 to 10,000, 200 without it
        --crashes N   how often the node is killed: 0 to 50, 6 without it
        --rate N      publish N clicks a second; 2,000 without it
        --seed N      who clicks where, and when the node is killed: 0 to 1,000,000, 1 without it
        --data DIR    keep the data in DIR, and go on with what is there; without it the data
                      is in a temporary directory that is deleted at the end
        --help        this text

      Exit status: 0 when the event-sourced counter is exact for every link, 1 when it isn't, 2 for
      wrong options. Kill it at any moment, kill -9 too: run it again with the same --data and it
      goes on.""";

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

  /** What a run with other options would not go on with. */
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
      // Said below, as for a number that is out of range.
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
