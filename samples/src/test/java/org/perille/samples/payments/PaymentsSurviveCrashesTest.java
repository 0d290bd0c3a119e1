package org.perille.samples.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: what must happen once happens once, to the cent.
 *
 * <p>Fault: the node halts itself or is killed between charging and acknowledging. In the second
 * test a seed also chooses moments at which the node and its launcher are killed. {@code
 * -Dpayments.seed=N} repeats them as far as moments can be repeated.
 */
// Slow: whole runs of the sample, killed and resumed.
@Tag("slow")
class PaymentsSurviveCrashesTest {
  private static final Pattern NODE_PID = Pattern.compile("The node runs, pid (\\d+)");
  private static final Pattern TWICE =
      Pattern.compile("The naive handler has charged (\\d+) payments more than once");
  private static final int KILLED = 128 + 9;
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final List<Process> started = new ArrayList<>();

  @TempDir private Path directory;

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(Process::destroyForcibly);
  }

  /** Runs the sample like {@code samples/run payments}. */
  @Test
  @Tag("slow")
  @Timeout(value = 12, unit = TimeUnit.MINUTES)
  void crashes_between_charging_and_acknowledging_charge_nobody_twice_but_the_naive()
      throws Exception {
    Path output = directory.resolve("output");
    Process run = start(output, "--payments", "120", "--crashes", "3", "--seed", "42");

    assertEndsWell(run, output);
    assertThat(read(output))
        .contains("Crash 1 of 3", "has halted itself", "Crash 2 of 3", "was killed")
        .contains("Crash 3 of 3")
        .contains("lost in crashes, as at-most-once may");
    assertThat(timesNaive(output)).isGreaterThanOrEqualTo(3);
  }

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void kills_of_the_node_and_of_its_launcher_at_any_moment_charge_nobody_twice_either()
      throws Exception {
    long seed = Long.getLong("payments.seed", System.nanoTime());
    System.out.println("payments.seed=" + seed);
    Random random = new Random(seed);
    String[] options = {
      "--payments",
      "200",
      "--crashes",
      "5",
      "--seed",
      "7",
      "--data",
      directory.resolve("data").toString()
    };

    Path killed = directory.resolve("killed");
    Process run = start(killed, options);
    for (int kills = 1; kills <= 2; kills++) {
      awaitNode(killed, run, kills);
      run.waitFor(random.nextInt(3_000), TimeUnit.MILLISECONDS);
      killLastNode(killed);
    }
    run.waitFor(random.nextInt(3_000), TimeUnit.MILLISECONDS);
    assertThat(run.destroyForcibly().waitFor()).isEqualTo(KILLED);

    Path last = directory.resolve("last");
    assertEndsWell(start(last, options), last);
  }

  private Process start(Path output, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx200m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(PaymentsMain.class.getName());
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    started.add(process);
    return process;
  }

  private static void assertEndsWell(Process run, Path output) throws InterruptedException {
    assertThat(run.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).as(read(output)).isTrue();
    System.out.println(read(output));
    assertThat(read(output)).contains("What must happen once has happened once, to the cent.");
    assertThat(run.exitValue()).isZero();
  }

  /** Waits until this many nodes have been started, so that a kill affects one. */
  private static void awaitNode(Path output, Process run, int count) {
    await()
        .atMost(2, TimeUnit.MINUTES)
        .failFast(() -> assertThat(run.isAlive()).as(read(output)).isTrue())
        .until(() -> nodePids(output).size() >= count);
  }

  /** Kills the last node. It may have ended by itself just before, which is equivalent. */
  private static void killLastNode(Path output) {
    List<Long> pids = nodePids(output);
    ProcessHandle.of(pids.get(pids.size() - 1)).ifPresent(ProcessHandle::destroyForcibly);
  }

  private static List<Long> nodePids(Path output) {
    return NODE_PID
        .matcher(read(output))
        .results()
        .map((MatchResult node) -> Long.valueOf(node.group(1)))
        .toList();
  }

  private static int timesNaive(Path output) {
    return TWICE
        .matcher(read(output))
        .results()
        .mapToInt(times -> Integer.parseInt(times.group(1)))
        .sum();
  }

  private static String read(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
