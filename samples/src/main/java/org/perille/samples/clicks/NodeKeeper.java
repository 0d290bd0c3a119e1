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

/** Starts the node again whenever it has died, and kills it where the plan says so. */
final class NodeKeeper implements AutoCloseable {
  private static final long PRINT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** What a process that a signal has ended exits with, minus the signal's number. */
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

  /** How many of the planned crashes have happened in a directory. */
  static int crashes(Path directory) {
    int[] count = {0};
    Journal.readAll(directory, CRASHES, line -> count[0]++);
    return count[0];
  }

  /** Until a node that was not to be killed has handled everything. */
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
        out.println("The node with pid " + node.pid() + " has ended with " + exit);
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
   * Does what a node asks for, until it has ended.
   *
   * @return where it was killed
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
   * A node that was to be killed can come to its end only if an unplanned death has taken away what
   * it would have passed: it is killed without anything to do.
   */
  private static Optional<String> end(Process node, Optional<Crash> crash) {
    if (crash.isPresent()) {
      node.destroyForcibly();
      return Optional.of("when it had nothing to do");
    }
    Lifeline.tellToStop(node);
    return Optional.empty();
  }

  private void progress(String published) {
    if (System.nanoTime() - printed > PRINT_EVERY_NANOS) {
      printed = System.nanoTime();
      out.println("... %,d clicks are published".formatted(Integer.parseInt(published)));
    }
  }

  /** A node that was killed is started again for ever; one that fails by itself soon is not. */
  private void requireWorthStarting(int exit) throws IOException {
    failures = exit > SIGNAL_EXIT ? 0 : failures + 1;
    if (failures > MAX_FAILURES) {
      List<String> words = Files.readAllLines(errors());
      throw new IOException(
          "the node has failed %d times in a row; its last words were: %s"
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
    // Nothing may write any more to a directory that is about to be given back.
    running.ifPresent(node -> node.destroyForcibly().onExit().join());
    crashes.close();
  }
}
