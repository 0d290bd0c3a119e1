package org.perille.benchmarks.availability;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.perille.benchmarks.contender.JavaProcess;
import org.perille.benchmarks.trial.Result;

/** The process of a {@link ServingNode}, seen from the benchmark. */
final class Member implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 120;

  private final Process process;
  private final Writer orders;
  private final Path result;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> failures = new ArrayList<>();

  private Member(Process process, Path result) {
    this.process = process;
    this.orders = process.outputWriter(StandardCharsets.UTF_8);
    this.result = result;
  }

  /** Starts the process. Does not wait until its node is ready. */
  static Member start(String databaseUrl, Map<String, String> settings, Path result)
      throws IOException {
    List<String> options = new ArrayList<>(List.of("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC"));
    options.add("-Dbenchmark.log=" + result + ".log");
    settings.forEach((key, value) -> options.add("-D" + key + "=" + value));
    Files.deleteIfExists(result);
    Process process =
        JavaProcess.of(
                ServingNode.class.getName(), options, List.of(databaseUrl, result.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Member member = new Member(process, result);
    Thread reader = new Thread(member::read, "reader");
    reader.setDaemon(true);
    reader.start();
    return member;
  }

  private void read() {
    try (BufferedReader says =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = says.readLine(); line != null; line = says.readLine()) {
        if (line.startsWith(ServingNode.FAILED)) {
          addFailure(line);
        } else {
          lines.add(line);
        }
      }
    } catch (IOException e) {
      // The stream is closed when the process is stopped.
      if (process.isAlive()) {
        addFailure(e.toString());
      }
    }
  }

  private synchronized void addFailure(String line) {
    failures.add(line);
  }

  /** Returns what has failed, in the words of the node. */
  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  /** Waits for a line that begins with the word, and returns the rest of it. */
  String await(String word) throws InterruptedException {
    while (true) {
      String line =
          Optional.ofNullable(lines.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS))
              .orElseThrow(() -> new IllegalStateException("a node isn't " + word));
      if (line.startsWith(word)) {
        return line.substring(word.length()).strip();
      }
    }
  }

  void order(String order) throws IOException {
    orders.write(order + "\n");
    orders.flush();
  }

  void rate(int rate) throws IOException {
    order(ServingNode.RATE + " " + rate);
  }

  long pid() {
    return process.pid();
  }

  /** Kills the process without a warning to it. */
  void kill() {
    process.destroyForcibly();
  }

  /** Stops the process in order, and returns how many milliseconds that took. */
  long stop() throws InterruptedException {
    long began = System.nanoTime();
    process.destroy();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("a node doesn't stop; see " + result + ".log");
    }
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
  }

  /** Returns the measurements. The process must have been stopped. */
  Result result() {
    try {
      return Result.read(result);
    } catch (IOException e) {
      throw new UncheckedIOException("a node left no result; see " + result + ".log", e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
