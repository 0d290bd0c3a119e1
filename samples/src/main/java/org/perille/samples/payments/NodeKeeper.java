package org.perille.samples.payments;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.perille.samples.launch.DataDirectory;

/** Restarts the node whenever it has died, and kills it when the plan requires it. */
final class NodeKeeper implements AutoCloseable {
  private static final long CHECK_INTERVAL_MILLIS = 50;
  private static final long PRINT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** The exit code of a process that a signal has ended, minus the signal's number. */
  private static final int SIGNAL_EXIT = 128;

  private static final int MAX_FAILURES = 5;
  private static final int LAST_WORDS = 10;

  private final DataDirectory data;
  private final Plan.Settings settings;
  private final Plan plan;
  private final PaymentProvider provider;
  private final PrintStream out;
  private Optional<Process> running = Optional.empty();
  private int failures;

  NodeKeeper(
      DataDirectory data, Plan.Settings settings, PaymentProvider provider, PrintStream out) {
    this.data = data;
    this.settings = settings;
    this.plan = Plan.of(settings);
    this.provider = provider;
    this.out = out;
  }

  /** Runs the node, again after each crash, until one run has handled everything. */
  void keepUntilHandled() throws IOException, InterruptedException {
    while (true) {
      int crashesBefore = CrashPoint.crashesBefore(data.path(), plan);
      Process node = start();
      running = Optional.of(node);
      out.println("The node runs, pid " + node.pid());
      int exit = await(node, plan.crashAfter(crashesBefore));
      running = Optional.empty();
      if (exit == 0) {
        return;
      }
      if (exit == PaymentsNode.START_ANOTHER) {
        out.println("The node has stopped as planned: another process publishes the rest");
        continue;
      }
      data.crashed();
      boolean planned = CrashPoint.crashesBefore(data.path(), plan) > crashesBefore;
      out.println(
          planned ? died(plan.crashes().get(crashesBefore)) : "The node exited with code " + exit);
      requireWorthStarting(planned || exit > SIGNAL_EXIT);
    }
  }

  private String died(Plan.Crash crash) {
    return "Crash %d of %d: '%s' is charged, and no handler has returned; the node %s"
        .formatted(
            crash.number(),
            plan.crashes().size(),
            crash.paymentId(),
            crash.killed() ? "was killed" : "has halted itself");
  }

  private Process start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx400m");
    // The node lives for seconds: a quick start matters more than peak speed.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("-Dsample.log=" + data.path().resolve("node.log"));
    command.add("-Dperille.storage.profile=h2");
    command.add("-Dperille.storage.h2.directory=" + data.path().resolve("perille"));
    command.add(PaymentsNode.class.getName());
    command.add(data.path().toString());
    command.add(String.valueOf(provider.port()));
    command.add(String.valueOf(settings.seed()));
    command.add(String.valueOf(settings.payments()));
    command.add(String.valueOf(settings.crashes()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()))
        .start();
  }

  /**
   * Waits for the node to end, and kills it when it waits for that.
   *
   * @return the exit code
   */
  private int await(Process node, Optional<Plan.Crash> crash)
      throws IOException, InterruptedException {
    long printed = System.nanoTime();
    while (!node.waitFor(CHECK_INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
      if (crash.isPresent() && CrashPoint.isDue(data.path(), crash.get(), node.pid())) {
        node.destroyForcibly();
      }
      if (System.nanoTime() - printed > PRINT_EVERY_NANOS) {
        printed = System.nanoTime();
        out.println("... the provider was called %,d times".formatted(provider.taken()));
      }
    }
    return node.exitValue();
  }

  /** Fails after too many failures in a row. A killed node is restarted without limit. */
  private void requireWorthStarting(boolean killed) throws IOException {
    failures = killed ? 0 : failures + 1;
    if (failures > MAX_FAILURES) {
      List<String> words = Files.readAllLines(output());
      throw new IOException(
          "the node failed %d times in a row; its last output: %s"
              .formatted(
                  failures,
                  String.join(
                      "\n", words.subList(Math.max(0, words.size() - LAST_WORDS), words.size()))));
    }
  }

  private Path output() {
    return data.path().resolve("node.out");
  }

  @Override
  public void close() {
    running.ifPresent(node -> node.destroyForcibly().onExit().join());
  }
}
