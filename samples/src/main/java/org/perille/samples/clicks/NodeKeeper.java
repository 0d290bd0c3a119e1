package org.perille.samples.clicks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.perille.samples.launch.DataDirectory;
import org.perille.samples.launch.Journal;
import org.perille.samples.launch.Lifeline;

/** Restarts the node whenever it has died, and kills it where the plan requires it. */
final class NodeKeeper implements AutoCloseable {
  private static final long PRINT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** The exit code of a process that a signal has ended, minus the signal's number. */
  private static final int SIGNAL_EXIT = 128;

  private static final int MAX_FAILURES = 5;
  private static final int LAST_WORDS = 10;
  private static final String CRASHES = "crashes";

  private final DataDirectory data;
  private final Options options;
  private final CrashPlan plan;
  private final PrintStream out;
  private final Journal crashes;
  private Optional<Process> running = Optional.empty();
  private long printed = System.nanoTime();
  private int failures;

  NodeKeeper(DataDirectory data, Options options, PrintStream out) throws IOException {
    this.data = data;
    this.options = options;
    this.plan = options.plan();
    this.out = out;
    this.crashes = Journal.open(data.path(), CRASHES, "launcher");
  }

  /** Returns the number of the planned crashes that have happened in a directory. */
  static int crashes(Path directory) {
    int[] count = {0};
    Journal.readAll(directory, CRASHES, line -> count[0]++);
    return count[0];
  }

  /** Runs the node, again after each crash, until one run has handled everything. */
  void keepUntilHandled() throws IOException, InterruptedException {
    while (true) {
      int life = crashes(data.path());
      Optional<Crash> crash = plan.crashOf(life);
      Process node = start(life, crash);
      running = Optional.of(node);
      Optional<String> killedAt = listen(node, life, crash);
      int exit = node.waitFor();
      running = Optional.empty();
      if (exit == 0) {
        return;
      }
      data.crashed();
      if (killedAt.isPresent()) {
        String line =
            "crash %d of %d, pid %d: SIGKILL %s"
                .formatted(life + 1, plan.crashes(), node.pid(), killedAt.get());
        crashes.append(line + ";");
        out.println(line);
      } else {
        out.println("The node with pid " + node.pid() + " exited with code " + exit);
      }
      requireWorthStarting(exit);
    }
  }

  private Process start(int life, Optional<Crash> crash) throws IOException {
    ClicksNode.Task task =
        new ClicksNode.Task(
            data.path(),
            options.clicks(),
            options.links(),
            options.seed(),
            options.rate(),
            plan.publishedBy(life),
            crash);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx400m");
    // The node lives for seconds: a quick start matters more than peak speed.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("-Dsample.log=" + data.path().resolve("node.log"));
    Judge.storage(data.path()).forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add(ClicksNode.class.getName());
    command.addAll(task.arguments());
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(errors().toFile()))
        .start();
  }

  /**
   * Reads a node's lines and does what they request, until the node has ended.
   *
   * @return the place where the node was killed, if it was
   */
  private Optional<String> listen(Process node, int life, Optional<Crash> crash)
      throws IOException, InterruptedException {
    try (BufferedReader lines = node.inputReader()) {
      String line = lines.readLine();
      while (line != null) {
        Optional<String> killedAt = obey(node, life, crash, line);
        if (killedAt.isPresent()) {
          return killedAt;
        }
        line = lines.readLine();
      }
      return Optional.empty();
    }
  }

  private Optional<String> obey(Process node, int life, Optional<Crash> crash, String line)
      throws InterruptedException {
    Optional<NodeLine.Said> said = NodeLine.parse(line);
    if (said.isEmpty()) {
      return Optional.empty();
    }
    return switch (said.get().word()) {
      case PUBLISHED -> {
        progress(said.get().rest());
        yield Optional.empty();
      }
      case CRASH -> Optional.of(kill(node, life, crash, said.get().rest()));
      case HANDLED -> end(node, crash);
    };
  }

  private String kill(Process node, int life, Optional<Crash> crash, String click)
      throws InterruptedException {
    Crash planned = crash.orElseThrow();
    if (!planned.stays()) {
      TimeUnit.MILLISECONDS.sleep(plan.delayMillis(life));
    }
    node.destroyForcibly();
    return planned.place().text() + (planned.stays() ? ", at " : ", soon after ") + click;
  }

  /**
   * Ends a node whose planned crash didn't happen.
   *
   * <p>This is possible only if an unplanned crash has removed the passes that were to come. The
   * launcher kills the node without work.
   */
  private static Optional<String> end(Process node, Optional<Crash> crash) {
    if (crash.isPresent()) {
      node.destroyForcibly();
      return Optional.of("when it had no work");
    }
    Lifeline.tellToStop(node);
    return Optional.empty();
  }

  private void progress(String published) {
    if (System.nanoTime() - printed > PRINT_EVERY_NANOS) {
      printed = System.nanoTime();
      out.println("... %,d clicks published".formatted(Integer.parseInt(published)));
    }
  }

  /** Fails after too many failures in a row. A killed node is restarted without limit. */
  private void requireWorthStarting(int exit) throws IOException {
    failures = exit > SIGNAL_EXIT ? 0 : failures + 1;
    if (failures > MAX_FAILURES) {
      List<String> words = Files.readAllLines(errors());
      throw new IOException(
          "the node failed %d times in a row; its last output: %s"
              .formatted(
                  failures,
                  String.join(
                      "\n", words.subList(Math.max(0, words.size() - LAST_WORDS), words.size()))));
    }
  }

  private Path errors() {
    return data.path().resolve("node.err");
  }

  @Override
  public void close() throws IOException {
    // No process may write to the directory when it is released.
    running.ifPresent(node -> node.destroyForcibly().onExit().join());
    crashes.close();
  }
}
