package org.perille.samples.orders;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.perille.samples.launch.Lifeline;

/** The process of a node. */
final class NodeProcess {
  private final int number;
  private final Path data;
  private final Process process;
  private boolean stopping;
  private Optional<Process> pause = Optional.empty();
  private int readyStarts;

  private NodeProcess(int number, Path data, Process process) {
    this.number = number;
    this.data = data;
    this.process = process;
  }

  static NodeProcess start(int number, Options options, Path data, Config storage)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx400m");
    // The node lives for seconds: a quick start matters more than peak speed.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("-Dsample.log=" + data.resolve(name(number) + ".log"));
    storage
        .entrySet()
        .forEach(e -> command.add("-D" + e.getKey() + "=" + e.getValue().unwrapped()));
    command.add(OrdersNode.class.getName());
    command.add(name(number));
    command.add(data.toString());
    command.add(options.input().map(file -> file.toAbsolutePath().toString()).orElse("-"));
    command.add(options.rate().map(String::valueOf).orElse("-"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output(number, data).toFile()))
            .start();
    return new NodeProcess(number, data, process);
  }

  private static String name(int number) {
    return "node-" + number;
  }

  private static Path output(int number, Path data) {
    return data.resolve(name(number) + ".out");
  }

  int number() {
    return number;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  int exitCode() {
    return process.exitValue();
  }

  boolean isStopping() {
    return stopping;
  }

  NodeKeys.Node view() {
    return new NodeKeys.Node(number, pid(), state());
  }

  private NodeKeys.State state() {
    if (pause.isPresent()) {
      return NodeKeys.State.PAUSED;
    }
    if (stopping) {
      return NodeKeys.State.STOPPING;
    }
    return readyStarts > 0 ? NodeKeys.State.READY : NodeKeys.State.STARTING;
  }

  /**
   * Looks for another start of the node in its process.
   *
   * @return the number of starts so far, if it has grown since the last call
   */
  Optional<Integer> newStart() throws IOException {
    int now = ReadyFile.starts(data, name(number), pid());
    if (now <= readyStarts) {
      return Optional.empty();
    }
    readyStarts = now;
    return Optional.of(now);
  }

  /** Sends SIGTERM. */
  void stop() {
    stopping = true;
    // Not Process.destroy(): it also closes the pipe to the node, which halts without it.
    process.toHandle().destroy();
  }

  /** Requests an orderly stop, without a signal. A paused node is resumed. */
  void stopAtEnd() throws IOException, InterruptedException {
    stopping = true;
    resume();
    Lifeline.tellToStop(process);
  }

  boolean hasEndedWithin(Duration timeout) throws InterruptedException {
    return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Sends SIGKILL. */
  void destroy() {
    process.destroyForcibly();
  }

  /** Sends SIGKILL, which also ends a paused process, and waits for its end. */
  void kill() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    resume();
  }

  /**
   * Sends SIGSTOP.
   *
   * <p>A shell does it, and sends SIGCONT when its input ends: also if this process dies, so that
   * no paused process is left.
   */
  void pause() throws IOException, InterruptedException {
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "trap '' INT TERM HUP; kill -STOP $0 && echo paused; cat > /dev/null; kill -CONT $0",
                Long.toString(pid()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    pause = Optional.of(shell);
    // Returns when the signal is sent.
    if (shell.getInputStream().read() < 0) {
      resume();
    }
  }

  /** Sends SIGCONT if the node is paused. */
  void resume() throws IOException, InterruptedException {
    if (pause.isPresent()) {
      pause.get().getOutputStream().close();
      pause.get().waitFor();
      pause = Optional.empty();
    }
  }

  String lastOutput() throws IOException {
    List<String> lines = Files.readAllLines(output(number, data));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
  }
}
