package org.perille.proof.bugs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Inserts each deliberate bug, one at a time, and reports after how many runs it is caught.
 *
 * <p>A bug is compiled beside the real classes, and precedes them on the class path of a process of
 * its own. So no bug can get into a release.
 */
public final class BugsMain {
  private static final String USAGE =
      """
      usage: proof/run bugs [--runs N] [NAME]
      Inserts each bug, or those whose names contain NAME, or those that the suite NAME must catch:
      simulator, storage, actors. A bug is caught if one of N seeds (default: 30,000) fails in a
      simulated world. For a bug outside of the simulated decisions it is one of N / 2,000 seeds on
      real actors. The exit code is 1 if a bug isn't caught. Run it in the repository's root.
      """;

  private static final Path ROOT = Path.of("");

  private final int runs;
  private final List<String> missed = new ArrayList<>();

  private BugsMain(int runs) {
    this.runs = runs;
  }

  /** Runs the suites with bugs. See {@code proof/run bugs --help}. */
  public static void main(String[] arguments) throws Exception {
    List<String> left = new ArrayList<>(List.of(arguments));
    int runs = 30_000;
    if (left.size() >= 2 && left.get(0).equals("--runs") && left.get(1).matches("[0-9]{1,9}")) {
      runs = Integer.parseInt(left.get(1));
      left = left.subList(2, left.size());
    }
    if (left.size() > 1 || (left.size() == 1 && left.get(0).startsWith("-"))) {
      System.err.print(USAGE);
      System.exit(2);
    }
    String name = left.isEmpty() ? "" : left.get(0);
    System.exit(new BugsMain(runs).tryAll(name) ? 0 : 1);
  }

  private boolean tryAll(String name) throws Exception {
    System.out.printf("%-40s %s%n", "bug", "caught by");
    for (Bug bug : Bugs.ALL) {
      if (bug.name().contains(name) || bug.suite().name().equalsIgnoreCase(name)) {
        Optional<String> caught = tryOne(bug);
        System.out.printf("%-40s %s%n", bug.name(), caught.orElse("NOTHING"));
        if (caught.isEmpty()) {
          missed.add(bug.name());
        }
      }
    }
    System.out.println(missed.isEmpty() ? "all caught" : "not caught: " + missed);
    return missed.isEmpty();
  }

  private Optional<String> tryOne(Bug bug) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("perille-bug-");
    compile(bug, directory);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx1g");
    command.add("-cp");
    command.add(directory + ":" + System.getProperty("java.class.path"));
    command.addAll(bug.suite().command(runs));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    process.waitFor();
    Optional<String> failure = bug.suite().failureIn(lines);
    // A suite without a failure may still report that its coverage is insufficient.
    if (failure.isEmpty() && lines.stream().anyMatch(line -> line.startsWith("Exception"))) {
      throw new IllegalStateException("with '" + bug.name() + "': " + lines);
    }
    return failure;
  }

  private static void compile(Bug bug, Path directory) throws IOException {
    Path source =
        directory.resolve(bug.type().substring(bug.type().lastIndexOf('.') + 1) + ".java");
    Files.writeString(source, bug.in(Files.readString(ROOT.resolve(bug.path()))));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int result =
        compiler.run(
            null,
            null,
            null,
            "-nowarn",
            "-proc:none",
            "-d",
            directory.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            source.toString());
    if (result != 0) {
      throw new IllegalStateException(
          "the bug '%s' can't be compiled: adapt it"
              .formatted(bug.name())
              .toLowerCase(Locale.ROOT));
    }
  }
}
