package org.perille.samples.orders;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.perille.samples.launch.DataDirectory;
import org.perille.samples.launch.Lifeline;

/**
 * A PostgreSQL server and several nodes, which find each other in its database. Each node is a
 * process that is restarted when it dies, as an orchestrator would do.
 */
final class NodeCluster implements AutoCloseable {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(40);

  /** The exit code of a process that a signal has ended, minus the signal's number. */
  private static final int SIGNAL_EXIT = 128;

  /**
   * The limit of failures in a row. A cluster that has lost most of its nodes may need some
   * restarts until it forms again.
   */
  private static final int MAX_FAILURES = 5;

  private final Options options;
  private final DataDirectory data;
  private final PrintStream out;
  private final PostgresServer postgres;
  private final List<Process> nodes = new ArrayList<>();
  private final int[] failures;

  private NodeCluster(
      Options options, DataDirectory data, PrintStream out, PostgresServer postgres) {
    this.options = options;
    this.data = data;
    this.out = out;
    this.postgres = postgres;
    this.failures = new int[options.nodes()];
  }

  static boolean run(Options options, DataDirectory data, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    Path directory = data.path();
    out.println(options.nodes() + " nodes and an embedded PostgreSQL, in " + directory);
    Progress progress = new Progress(out);
    try (PostgresServer postgres = PostgresServer.start(directory);
        NodeCluster cluster = new NodeCluster(options, data, out, postgres)) {
      try (Shop shop = OrdersNode.shop(cluster.storage(), directory)) {
        shop.createTables();
        for (int i = 0; i < options.nodes(); i++) {
          cluster.nodes.add(cluster.start(i));
          out.println("node " + (i + 1) + " runs, pid " + cluster.nodes.get(i).pid());
        }
        progress.untilHandled(shop, directory, cluster::startDeadAgain);
        cluster.stopNodes();
        return progress.report(shop, directory, InvoiceFile.of(options.input()), data.hasCrashed());
      }
    }
  }

  private Config storage() {
    return ConfigFactory.parseMap(
        Map.of(
            "perille.storage.profile", "postgresql",
            "perille.storage.postgresql.url", postgres.url(),
            "perille.storage.postgresql.user", "postgres"));
  }

  private Process start(int index) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx400m");
    // The node lives for seconds: a quick start matters more than peak speed.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("-Dsample.log=" + data.path().resolve("node-" + (index + 1) + ".log"));
    storage()
        .entrySet()
        .forEach(e -> command.add("-D" + e.getKey() + "=" + e.getValue().unwrapped()));
    command.add(OrdersNode.class.getName());
    command.add("node-" + (index + 1));
    command.add(data.path().toString());
    command.add(options.input().map(file -> file.toAbsolutePath().toString()).orElse("-"));
    command.add(options.rate().map(String::valueOf).orElse("-"));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output(index).toFile()))
        .start();
  }

  private void startDeadAgain() throws IOException {
    for (int i = 0; i < nodes.size(); i++) {
      Process node = nodes.get(i);
      if (!node.isAlive()) {
        data.crashed();
        requireWorthStarting(i, node);
        nodes.set(i, start(i));
        out.println(
            "node %d (pid %d) exited with code %d; restarted with pid %d"
                .formatted(i + 1, node.pid(), node.exitValue(), nodes.get(i).pid()));
      }
    }
  }

  /** Fails after too many early failures in a row. A killed node is restarted without limit. */
  private void requireWorthStarting(int index, Process node) throws IOException {
    boolean killed = node.exitValue() > SIGNAL_EXIT;
    failures[index] = killed ? 0 : failures[index] + 1;
    if (failures[index] > MAX_FAILURES) {
      throw new IOException(
          "node %d failed %d times in a row; its last output: %s"
              .formatted(index + 1, failures[index], lastWords(index)));
    }
  }

  private String lastWords(int index) throws IOException {
    List<String> words = Files.readAllLines(output(index));
    return String.join("\n", words.subList(Math.max(0, words.size() - 10), words.size()));
  }

  private Path output(int index) {
    return data.path().resolve("node-" + (index + 1) + ".out");
  }

  private void stopNodes() throws IOException, InterruptedException {
    out.println("Stopping the nodes ...");
    for (Process node : nodes) {
      Lifeline.tellToStop(node);
    }
    for (Process node : nodes) {
      if (!node.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        out.println("the node with pid " + node.pid() + " doesn't stop; it is killed");
        data.crashed();
        node.destroyForcibly().waitFor();
      }
    }
  }

  @Override
  public void close() {
    nodes.forEach(Process::destroyForcibly);
  }
}
