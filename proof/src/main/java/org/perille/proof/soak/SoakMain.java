package org.perille.proof.soak;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The endurance run from the command line. */
public final class SoakMain {
  private static final String USAGE =
      """
      usage: proof/run soak [options]

        --minutes N             duration (10)
        --messages M            messages per round (1000)
        --storage h2|postgresql (h2, a file in a new directory)

      Prints the figures of every fifth round, and at the end whether one of them grows with time. The
      rule: in the second half of the rounds a straight line is fitted to each figure. It may rise
      by a quarter of the figure's mean plus a small tolerance. Exits with 0 if none grows, 1 if
      one does, 2 if misused.
      """;

  private static final int PRINT_EVERY = 5;

  private SoakMain() {}

  /** Runs the rounds. See the usage. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    boolean valid =
        arguments.length % 2 == 0
            && options.keySet().stream()
                .allMatch(name -> List.of("--minutes", "--messages", "--storage").contains(name))
            && options.getOrDefault("--minutes", "10").matches("[0-9]{1,6}")
            && options.getOrDefault("--messages", "1000").matches("[1-9][0-9]{1,5}")
            && options.getOrDefault("--storage", "h2").matches("h2|postgresql");
    if (!valid) {
      System.out.print(USAGE);
      System.exit(Arrays.asList(arguments).contains("--help") ? 0 : 2);
    }
    System.exit(run(options) ? 0 : 1);
  }

  private static boolean run(Map<String, String> options) throws Exception {
    int messages = Integer.parseInt(options.getOrDefault("--messages", "1000"));
    long end =
        System.nanoTime()
            + TimeUnit.MINUTES.toNanos(Long.parseLong(options.getOrDefault("--minutes", "10")));
    if (options.getOrDefault("--storage", "h2").equals("postgresql")) {
      try (EmbeddedPostgres server = EmbeddedPostgres.start()) {
        return run(Storage.postgresql(server), messages, end);
      }
    }
    Path directory = Files.createTempDirectory("perille-soak-");
    System.out.println("the H2 file is in " + directory);
    return run(Storage.h2(directory), messages, end);
  }

  private static boolean run(Storage storage, int messages, long end) throws Exception {
    try (Soak soak = new Soak(storage, messages)) {
      while (System.nanoTime() < end || soak.samples().size() < Trend.MIN_SAMPLES) {
        Sample sample = soak.round();
        if (sample.round() % PRINT_EVERY == 1) {
          print(sample, System.out);
        }
      }
      List<Sample> samples = soak.samples();
      print(samples.get(samples.size() - 1), System.out);
      List<String> growing = Trend.growing(samples);
      growing.forEach(System.out::println);
      System.out.printf(
          "%d rounds, %d starts, %,d messages: %s%n",
          samples.size(),
          soak.lives(),
          samples.get(samples.size() - 1).messages(),
          growing.isEmpty() ? "nothing grows" : "GROWTH");
      return growing.isEmpty();
    }
  }

  private static void print(Sample sample, PrintStream out) {
    out.printf(Locale.ROOT, "round %d, %,d messages%n", sample.round(), sample.messages());
    new TreeMap<>(sample.judged())
        .forEach((name, value) -> out.printf(Locale.ROOT, "  %-60s%14.2f%n", name, value));
    sample
        .shown()
        .forEach((name, value) -> out.printf(Locale.ROOT, "  %-60s%14.2f  (shown)%n", name, value));
    out.flush();
  }
}
