package org.perille.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: the totals are right, whatever is killed, whenever. Fault: SIGKILL at moments that a seed
 * chooses; {@code -Dorders.seed=N} repeats them as far as moments can be repeated.
 */
// Slow: whole runs of the sample, killed and resumed.
@Tag("slow")
class OrdersSurvivesKillsTest {
  /** The rate of orders: with it the 5,000 lines take longer than all the kills. */
  private static final String SLOWLY = "50";

  private static final Pattern NODE_PID =
      Pattern.compile("node \\d.* (?:runs,|restarted with) pid (\\d+)");
  private static final int KILLED = 128 + 9;
  private static final Duration END_PATIENCE = Duration.ofMinutes(4);

  private final long seed = Long.getLong("orders.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<Process> started = new ArrayList<>();

  @TempDir private Path directory;
  private Path data;
  private Path input;

  /** Orders and cancellations of the real file, some of them of orders that nobody has paid. */
  @BeforeEach
  void cutInput() throws IOException {
    System.out.println("orders.seed=" + seed);
    data = directory.resolve("data");
    try (Stream<InvoiceFile.RawLine> lines = InvoiceFile.of(Optional.empty()).rawLines()) {
      List<String> rows = lines.map(InvoiceFile.RawLine::text).toList();
      List<String> cut = new ArrayList<>();
      cut.add("InvoiceNo,InvoiceDate,CustomerID,Country,Quantity,UnitPrice");
      cut.addAll(rows.subList(0, 4000));
      rows.stream().filter(row -> row.startsWith("C")).limit(1000).forEach(cut::add);
      input = Files.write(directory.resolve("invoices.csv"), cut);
    }
  }

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void one_node_that_is_killed_again_and_again_goes_on_to_the_same_totals() throws Exception {
    for (int kills = 0; kills < 3; kills++) {
      Path output = directory.resolve("killed-" + kills);
      Process run = start(output, "--rate", SLOWLY);
      awaitWork(output, run);
      killAfter(run, random.nextInt(4000));
    }
    // Killed during its start too, when every store is half open.
    killAfter(start(directory.resolve("killed-early"), "--rate", SLOWLY), random.nextInt(3000));
    killAmongDeadLetters();

    assertAddsUp(directory.resolve("last"));
  }

  @Test
  @Tag("slow")
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void a_cluster_survives_the_kill_of_any_node_and_of_its_launcher() throws Exception {
    Path output = directory.resolve("killed");
    Process run = start(output, "--nodes", "3", "--rate", "100");
    for (int kills = 1; kills <= 3; kills++) {
      awaitWork(output, run);
      run.waitFor(random.nextInt(3000), TimeUnit.MILLISECONDS);
      // The first node is the oldest, and so the one that publishes.
      kill(kills == 1 ? nodePids(output).get(0) : oneOf(nodePids(output)));
      int deaths = kills;
      await()
          .atMost(1, TimeUnit.MINUTES)
          .until(() -> occurrences(output, "exited with code " + KILLED) == deaths);
    }
    killAfter(run, random.nextInt(10_000));
    killAmongDeadLetters("--nodes", "3");

    assertAddsUp(directory.resolve("last"), "--nodes", "3");
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void a_cluster_survives_what_keys_do_to_its_nodes() throws Exception {
    Path output = directory.resolve("keys");
    Process run = start(output, "--nodes", "2", "--rate", "25");
    awaitWork(output, run);
    try (OutputStream keys = run.getOutputStream()) {
      press(keys, "+", output, "node 3 \\(pid \\d+\\) is ready");
      press(keys, "k1", output, "node 1 \\(pid \\d+\\) was killed");
      press(keys, "p3", output, "node 3 \\(pid \\d+\\) was paused");
      press(keys, "p", output, "node 3 \\(pid \\d+\\) was resumed");
      press(keys, "-2", output, "node 2 \\(pid \\d+\\) has stopped, exit code 143");
      press(keys, "k3", output, "No node runs");
      press(keys, "+", output, "node 4 \\(pid \\d+\\) is ready");
    }
    assertThat(run.waitFor(END_PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(read(output)).isTrue();
    System.out.println(read(output));
    assertThat(read(output)).contains("Everything adds up.");
    assertThat(run.exitValue()).isZero();
  }

  private static void press(OutputStream keys, String key, Path output, String expected)
      throws IOException {
    keys.write((key + "\n").getBytes(StandardCharsets.UTF_8));
    keys.flush();
    await()
        .atMost(2, TimeUnit.MINUTES)
        .until(() -> Pattern.compile(expected).matcher(read(output)).find());
  }

  /**
   * Kills a run that has decided about some dead letters without redriving or discarding them.
   *
   * <p>The run may have ended before.
   */
  private void killAmongDeadLetters(String... options) throws Exception {
    Path output = directory.resolve("killed-late");
    Process run = start(output, options);
    await()
        .atMost(END_PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> read(output).contains("dead letters of payment") || !run.isAlive());
    if (!run.waitFor(random.nextInt(300), TimeUnit.MILLISECONDS)) {
      run.destroyForcibly().waitFor();
    }
    System.out.println(read(output));
  }

  private Process start(Path output, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx400m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(OrdersMain.class.getName());
    command.addAll(List.of("--data", data.toString(), "--input", input.toString()));
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

  /** Waits until the last service of the chain works, so that a kill affects all of them. */
  private static void awaitWork(Path output, Process run) {
    Pattern working = Pattern.compile("alerts [1-9]");
    await()
        .atMost(2, TimeUnit.MINUTES)
        .failFast(() -> assertThat(run.isAlive()).as(read(output)).isTrue())
        .until(() -> working.matcher(read(output)).find());
  }

  private static void killAfter(Process process, int millis) throws InterruptedException {
    boolean ended = process.waitFor(millis, TimeUnit.MILLISECONDS);
    assertThat(ended)
        .as(() -> "it has ended before it was killed, with " + process.exitValue())
        .isFalse();
    assertThat(process.destroyForcibly().waitFor()).isEqualTo(KILLED);
  }

  private static void kill(long pid) {
    assertThat(ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly)).contains(true);
  }

  private long oneOf(List<Long> pids) {
    List<Long> alive = pids.stream().filter(pid -> ProcessHandle.of(pid).isPresent()).toList();
    assertThat(alive).isNotEmpty();
    return alive.get(random.nextInt(alive.size()));
  }

  private static List<Long> nodePids(Path output) {
    return NODE_PID
        .matcher(read(output))
        .results()
        .map((MatchResult node) -> Long.valueOf(node.group(1)))
        .toList();
  }

  private void assertAddsUp(Path output, String... options) throws Exception {
    Process last = start(output, options);
    assertThat(last.waitFor(END_PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(read(output)).isTrue();
    String text = read(output);
    System.out.println(text);
    assertThat(text).contains("Everything adds up.");
    assertThat(last.exitValue()).isZero();
    assertThat(data.resolve("crashed")).as("the mark of a crash").exists();
  }

  private static long occurrences(Path output, String words) {
    return Pattern.compile(words, Pattern.LITERAL).matcher(read(output)).results().count();
  }

  private static String read(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
