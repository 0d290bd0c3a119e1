package org.perille.samples.transfer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.perille.samples.launch.Lifeline;

/** Runs the nodes, kills some of them, and starts each again that has ended. */
final class NodeKeeper implements AutoCloseable {
  private static final long CHECK_MILLIS = 100;
  private static final long PRINT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long STOP_SECONDS = 60;

  /** The exit code of a process that a signal has ended, minus the signal's number. */
  private static final int SIGNAL_EXIT = 128;

  private static final int MAX_FAILURES = 5;
  private static final int LAST_WORDS = 10;

  /** A process of a node. */
  private static final class Running {
    private final Process process;
    private volatile boolean made;

    private Running(Process process) {
      this.process = process;
      Thread reader = new Thread(this::read, "node-output");
      reader.setDaemon(true);
      reader.start();
    }

    private void read() {
      try (BufferedReader lines = process.inputReader()) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          made |= line.equals(TransferNode.MADE);
        }
      } catch (IOException e) {
        // The process has ended, which the launcher notices.
      }
    }
  }

  private final Path data;
  private final Options options;
  private final Map<String, String> storage;
  private final PrintStream out;
  private final Random random;
  private final int transfers;
  private final List<Running> nodes = new ArrayList<>();
  private int kills;
  private int failures;
  private long printed = System.nanoTime();

  NodeKeeper(Path data, Options options, Map<String, String> storage, PrintStream out) {
    this.data = data;
    this.options = options;
    this.storage = storage;
    this.out = out;
    this.random = new Random(options.seed());
    this.transfers = options.plan().transfers().size();
  }

  /** Runs the nodes until all transfers have outcomes and all kills have happened. */
  void keepUntilMade() throws IOException, InterruptedException {
    for (int node = 0; node < TransferMain.NODES; node++) {
      nodes.add(start(node));
    }
    while (kills < options.kills() || !nodes.stream().allMatch(node -> node.made)) {
      TimeUnit.MILLISECONDS.sleep(CHECK_MILLIS);
      restartEnded();
      int begun = Teller.begun(data).size();
      if (kills < options.kills()
          && (long) begun * (options.kills() + 1) >= (long) transfers * (kills + 1)) {
        kill(begun);
      }
      if (begun > 0 && System.nanoTime() - printed > PRINT_EVERY_NANOS) {
        printed = System.nanoTime();
        Audit audit = Audit.read(data);
        out.println(
            "... %,d transfers begun, %,d seen by the auditor; of %,d only half, the oldest for %.1f s"
                .formatted(
                    begun,
                    audit.seen(),
                    audit.halves(),
                    audit.oldestHalfMillis(System.currentTimeMillis()) / 1000.0));
      }
    }
  }

  private void kill(int begun) throws InterruptedException {
    kills++;
    int node = random.nextInt(nodes.size());
    out.println(
        "kill %d of %d, after %,d transfers: node %d (pid %d)"
            .formatted(kills, options.kills(), begun, node, nodes.get(node).process.pid()));
    nodes.get(node).process.destroyForcibly().waitFor();
  }

  private void restartEnded() throws IOException {
    for (int node = 0; node < nodes.size(); node++) {
      Process process = nodes.get(node).process;
      if (!process.isAlive()) {
        requireWorthStarting(node, process.exitValue());
        nodes.set(node, start(node));
      }
    }
  }

  /** Fails after too many failures in a row. A killed node is started again without limit. */
  private void requireWorthStarting(int node, int exit) throws IOException {
    failures = exit > SIGNAL_EXIT ? 0 : failures + 1;
    if (failures > MAX_FAILURES) {
      List<String> words = Files.readAllLines(errors(node));
      throw new IOException(
          "the nodes failed %d times in a row; the last output: %s"
              .formatted(
                  failures,
                  String.join(
                      "\n", words.subList(Math.max(0, words.size() - LAST_WORDS), words.size()))));
    }
  }

  private Running start(int node) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx300m");
    // The node lives for seconds: a quick start matters more than peak speed.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("-Dsample.log=" + data.resolve("node-" + node + ".log"));
    storage.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add(TransferNode.class.getName());
    command.addAll(new TransferNode.Task(data, node, options).arguments());
    return new Running(
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(errors(node).toFile()))
            .start());
  }

  private Path errors(int node) {
    return data.resolve("node-" + node + ".err");
  }

  /** Stops the nodes in order. */
  void stop() throws InterruptedException {
    nodes.forEach(node -> Lifeline.tellToStop(node.process));
    for (Running node : nodes) {
      if (!node.process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        node.process.destroyForcibly().waitFor();
      }
    }
  }

  @Override
  public void close() {
    // No process may write to the directory when it is released.
    nodes.forEach(node -> node.process.destroyForcibly().onExit().join());
  }
}
