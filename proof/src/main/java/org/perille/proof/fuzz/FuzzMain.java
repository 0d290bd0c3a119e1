package org.perille.proof.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Coverage-guided fuzzing of all targets, one after the other, each in a process of its own.
 *
 * <p>A finding stops that process, and the next target starts.
 */
public final class FuzzMain {
  private static final String USAGE =
      """
      usage: proof/run fuzz [--minutes N] [--target NAME]
      Shares N minutes (10 by default) among all targets, or spends them on one of them:
      wire, cursor, payload, names, options, settings. A finding is an exception that the decoder's
      contract doesn't name, a value that doesn't survive being encoded and decoded, an input that
      takes longer than 20 s, or memory beyond the limit. Findings are in proof/target/fuzz/NAME;
      exit code 1. The corpus stays there, and the next run continues with it.
      """;

  private static final int SECONDS_PER_INPUT = 20;
  private static final int HEAP_MEGABYTES = 1024;
  private static final int PROCESS_MEGABYTES = 3072;
  private static final int LONGEST_INPUT = 1 << 16;
  private static final int DEFAULT_MINUTES = 10;
  private static final String FOUND = "found-";

  private FuzzMain() {}

  private record Options(int minutes, Optional<String> target) {
    static Optional<Options> of(String[] arguments) {
      int minutes = DEFAULT_MINUTES;
      Optional<String> target = Optional.empty();
      for (int i = 0; i + 1 < arguments.length; i += 2) {
        String value = arguments[i + 1];
        if (arguments[i].equals("--minutes") && value.matches("[1-9][0-9]{0,4}")) {
          minutes = Integer.parseInt(value);
        } else if (arguments[i].equals("--target")) {
          target = Optional.of(value);
        } else {
          return Optional.empty();
        }
      }
      return arguments.length % 2 == 0
          ? Optional.of(new Options(minutes, target))
          : Optional.empty();
    }
  }

  /** Runs the fuzzer. See {@code proof/run fuzz --help}. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Optional<Options> options = Options.of(arguments);
    if (options.isEmpty()) {
      System.err.print(USAGE);
      System.exit(2);
    }
    boolean good = true;
    try (FuzzTargets all = new FuzzTargets()) {
      List<FuzzTarget> targets =
          options.get().target().map(name -> List.of(all.named(name))).orElse(all.all());
      long seconds = TimeUnit.MINUTES.toSeconds(options.get().minutes()) / targets.size();
      for (FuzzTarget target : targets) {
        good &= fuzz(target, seconds);
      }
    }
    System.exit(good ? 0 : 1);
  }

  private static boolean fuzz(FuzzTarget target, long seconds)
      throws IOException, InterruptedException {
    Path directory = Path.of("proof/target/fuzz", target.name());
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    Path seeds = Files.createDirectories(directory.resolve("seeds"));
    int number = 0;
    for (byte[] seed : target.seeds()) {
      Files.write(seeds.resolve("seed-" + number++), seed);
    }
    Path log = directory.resolve("log");
    int exitCode =
        new ProcessBuilder(command(target, seconds, directory, corpus, seeds))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    System.out.printf("%-10s %s%n", target.name(), lastProgress(log));
    if (exitCode != 0) {
      System.out.printf("%-10s FAILED, exit code %d: see %s%n", "", exitCode, log);
      tellFound(target, directory);
    }
    return exitCode == 0;
  }

  private static List<String> command(
      FuzzTarget target, long seconds, Path directory, Path corpus, Path seeds) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx" + HEAP_MEGABYTES + "m",
        "-cp",
        System.getProperty("java.class.path"),
        "com.code_intelligence.jazzer.Jazzer",
        "--target_class=" + JazzerEntry.class.getName(),
        "--target_args=" + target.name(),
        "--instrumentation_includes=org.perille.**:org.apache.pekko.serialization.**:com.fasterxml.jackson.dataformat.**",
        // Hooks in all libraries would take minutes to install, and look for other defects.
        "--custom_hook_includes=org.perille.**",
        "--reproducer_path=" + directory,
        "-max_total_time=" + seconds,
        "-timeout=" + SECONDS_PER_INPUT,
        "-rss_limit_mb=" + PROCESS_MEGABYTES,
        "-max_len=" + LONGEST_INPUT,
        "-artifact_prefix=" + directory.resolve(FOUND),
        corpus.toString(),
        seeds.toString());
  }

  /** Returns the last progress messages of libFuzzer. */
  private static String lastProgress(Path log) throws IOException {
    List<String> progress = new ArrayList<>();
    try (Stream<String> lines = Files.lines(log, java.nio.charset.StandardCharsets.ISO_8859_1)) {
      lines.filter(line -> line.matches("#[0-9]+\\s.*|Done .*")).forEach(progress::add);
    }
    return String.join("; ", progress.subList(Math.max(0, progress.size() - 2), progress.size()));
  }

  private static void tellFound(FuzzTarget target, Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith(FOUND)).sorted().toList()) {
        System.out.printf(
            "%-10s found: %s%n%-10s keep it as proof/src/test/resources/fuzz/%s/WHAT-IT-IS.hex,"
                + " with this content:%n%s%n",
            "", file, "", target.name(), HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    }
  }
}
