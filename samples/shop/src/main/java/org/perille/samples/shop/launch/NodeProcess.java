package org.perille.samples.shop.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.perille.samples.launch.Lifeline;

/** The process of a node, and after a crash the next one. */
final class NodeProcess implements AutoCloseable {
  private static final int LAST_WORDS = 20;

  /** The exit code of a process that a signal has ended, minus the signal's number. */
  private static final int SIGNAL_EXIT = 128;

  private final int number;
  private final Path log;
  private final List<String> command;
  private Process process;

  /**
   * Starts it.
   *
   * @param settings the application's, as {@code name=value}
   */
  NodeProcess(int number, Path data, List<String> settings) throws IOException {
    this.number = number;
    log = data.resolve("node-" + number + ".log");
    command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx400m",
                // A quick start matters more than peak speed.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dsample.log=" + data.resolve("start.log"),
                ShopNode.class.getName()));
    settings.forEach(setting -> command.add("--" + setting));
    start();
  }

  private void start() throws IOException {
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
  }

  /** Kills the process, and starts another one. */
  synchronized void crash() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    start();
  }

  /**
   * Starts it again if it was killed, as an orchestrator would.
   *
   * @throws IOException with its last output, if it has ended by itself
   */
  synchronized void keep() throws IOException {
    if (process.isAlive()) {
      return;
    }
    if (process.exitValue() > SIGNAL_EXIT) {
      start();
      return;
    }
    List<String> lines = Files.readAllLines(log);
    throw new IOException(
        "node %d has ended with code %d; its last output:%n%s"
            .formatted(
                number,
                process.exitValue(),
                String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - LAST_WORDS), lines.size()))));
  }

  synchronized long pid() {
    return process.pid();
  }

  /** Stops it in order, or kills it if that takes too long. */
  void stop() throws InterruptedException {
    Lifeline.tellToStop(process);
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      close();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
