package org.perille.samples.orders;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A PostgreSQL server and several nodes, each a process of its own that is started again when it
 * dies, as an orchestrator would.
 */
final class NodeCluster implements AutoCloseable {
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(40);

  private final Options options;
  private final Path data;
  private final Crashes crashes;
  private final PrintStream out;
  private final EmbeddedPostgres postgres;
  private final List<Integer> ports = new ArrayList<>();
  private final List<Process> nodes = new ArrayList<>();

  private NodeCluster(
      Options options, Path data, Crashes crashes, PrintStream out, EmbeddedPostgres postgres)
      throws IOException {
    this.options = options;
    this.data = data;
    this.crashes = crashes;
    this.out = out;
    this.postgres = postgres;
    for (int i = 0; i < options.nodes(); i++) {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        ports.add(free.getLocalPort());
      }
    }
  }

  static boolean run(Options options, Path data, Crashes crashes, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    out.println(options.nodes() + " nodes and an embedded PostgreSQL, in " + data);
    Progress progress = new Progress(out);
    try (NodeCluster cluster =
        new NodeCluster(options, data, crashes, out, PostgresDirectory.start(data))) {
      try (Shop shop = OrdersNode.shop(cluster.storage(), data)) {
        shop.createTables();
        for (int i = 0; i < options.nodes(); i++) {
          cluster.nodes.add(cluster.start(i));
          out.println("node " + (i + 1) + " runs, pid " + cluster.nodes.get(i).pid());
        }
        progress.untilHandled(shop, data, cluster::startDeadAgain);
        cluster.stopNodes();
        return progress.report(shop, data, InvoiceFile.of(options.input()), crashes.any());
      }
    }
  }

  private Config storage() {
    return ConfigFactory.parseMap(
        Map.of(
            "perille.storage.profile", "postgresql",
            "perille.storage.postgresql.url", postgres.getJdbcUrl("postgres", "postgres"),
            "perille.storage.postgresql.user", "postgres"));
  }

  private Process start(int index) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx400m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("-Dsample.log=" + data.resolve("node-" + (index + 1) + ".log"));
    command.add("-Dperille.publisher.timeout=10m");
    command.add("-Dpekko.remote.artery.canonical.hostname=127.0.0.1");
    command.add("-Dpekko.remote.artery.canonical.port=" + ports.get(index));
    for (int i = 0; i < ports.size(); i++) {
      command.add("-Dpekko.cluster.seed-nodes." + i + "=pekko://perille@127.0.0.1:" + ports.get(i));
    }
    storage()
        .entrySet()
        .forEach(e -> command.add("-D" + e.getKey() + "=" + e.getValue().unwrapped()));
    command.add(OrdersNode.class.getName());
    command.add("node-" + (index + 1));
    command.add(data.toString());
    command.add(options.input().map(file -> file.toAbsolutePath().toString()).orElse("-"));
    command.add(options.rate().map(String::valueOf).orElse("-"));
    File output = data.resolve("node-" + (index + 1) + ".out").toFile();
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
        .start();
  }

  private void startDeadAgain() {
    try {
      for (int i = 0; i < nodes.size(); i++) {
        Process node = nodes.get(i);
        if (!node.isAlive()) {
          crashes.add();
          nodes.set(i, start(i));
          out.println(
              "node %d (pid %d) has ended with %d; it runs again, pid %d"
                  .formatted(i + 1, node.pid(), node.exitValue(), nodes.get(i).pid()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void stopNodes() throws IOException, InterruptedException {
    for (Process node : nodes) {
      node.getOutputStream().close();
    }
    for (Process node : nodes) {
      if (!node.waitFor(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        out.println("the node with pid " + node.pid() + " doesn't stop and is killed");
        crashes.add();
        node.destroyForcibly().waitFor();
      }
    }
  }

  @Override
  public void close() throws IOException {
    nodes.forEach(Process::destroyForcibly);
    postgres.close();
  }

  /** The server's data directory, which may have been left in a hurry. */
  private static final class PostgresDirectory {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    static EmbeddedPostgres start(Path data) throws IOException, InterruptedException {
      Path directory = data.resolve("postgres");
      endLeftOver(directory.resolve("postmaster.pid"));
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (true) {
        try {
          return EmbeddedPostgres.builder()
              .setDataDirectory(directory)
              .setCleanDataDirectory(false)
              .setPGStartupWait(PATIENCE)
              .setServerConfig("fsync", "on")
              .setServerConfig("full_page_writes", "on")
              .setServerConfig("synchronous_commit", "on")
              .start();
        } catch (IOException | IllegalStateException e) {
          // What a killed server leaves in shared memory takes it a moment to clear away.
          if (System.nanoTime() > deadline) {
            throw e;
          }
          TimeUnit.SECONDS.sleep(1);
        }
      }
    }

    /** A server whose launcher was killed goes on without it. */
    private static void endLeftOver(Path pidFile) throws IOException, InterruptedException {
      if (!Files.exists(pidFile)) {
        return;
      }
      long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());
      ProcessHandle.of(pid)
          .filter(
              process -> process.info().command().map(c -> c.endsWith("postgres")).orElse(false))
          .ifPresent(ProcessHandle::destroyForcibly);
      while (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
      Files.deleteIfExists(pidFile);
    }
  }
}
