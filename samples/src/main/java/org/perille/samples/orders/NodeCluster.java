package org.perille.samples.orders;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Optional;
import org.perille.samples.launch.DataDirectory;
import org.perille.samples.launch.PostgresServer;

/**
 * A PostgreSQL server and several nodes, which find each other in its database.
 *
 * <p>Each node is a process. One that dies by itself, or is killed from outside, is restarted, as
 * an orchestrator would do. Keys add nodes, and pause, stop and kill them; one that was stopped or
 * killed by a key isn't restarted.
 */
final class NodeCluster implements AutoCloseable {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(40);

  /** The exit code of a process that a signal has ended, minus the signal's number. */
  private static final int SIGNAL_EXIT = 128;

  private static final int SIGTERM_EXIT = SIGNAL_EXIT + 15;

  /**
   * The limit of failures in a row. A cluster that has lost most of its nodes may need some
   * restarts until it forms again.
   */
  private static final int MAX_FAILURES = 5;

  private final Options options;
  private final DataDirectory data;
  private final PrintStream out;
  private final PostgresServer postgres;
  private final KeyInput keys;

  /** The nodes whose processes have not ended, in the order of their numbers. */
  private final List<NodeProcess> nodes = new ArrayList<>();

  private final Map<Integer, Integer> failures = new HashMap<>();
  private int lastNumber;

  private NodeCluster(
      Options options,
      DataDirectory data,
      PrintStream out,
      PostgresServer postgres,
      KeyInput keys) {
    this.options = options;
    this.data = data;
    this.out = out;
    this.postgres = postgres;
    this.keys = keys;
  }

  static boolean run(Options options, DataDirectory data, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    Path directory = data.path();
    out.println(options.nodes() + " nodes and an embedded PostgreSQL, in " + directory);
    Progress progress = new Progress(out);
    try (PostgresServer postgres = PostgresServer.start(directory);
        NodeCluster cluster =
            new NodeCluster(options, data, out, postgres, KeyInput.of(System.in))) {
      try (Shop shop = OrdersNode.shop(cluster.storage(), directory)) {
        shop.createTables();
        out.println(NodeKeys.HELP);
        for (int i = 0; i < options.nodes(); i++) {
          NodeProcess node = cluster.add();
          out.println("node " + node.number() + " runs, pid " + node.pid());
        }
        progress.untilHandled(shop, directory, cluster::look);
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

  private NodeProcess add() throws IOException {
    NodeProcess node = start(++lastNumber);
    nodes.add(node);
    return node;
  }

  private NodeProcess start(int number) throws IOException {
    return NodeProcess.start(number, options, data.path(), storage());
  }

  /** Reports what has happened to the nodes, and does what the keys say. */
  private Progress.Work look() throws IOException, InterruptedException {
    boolean ran = !nodes.isEmpty();
    lookAtNodes();
    for (Optional<String> line = keys.next(); line.isPresent(); line = keys.next()) {
      Optional<NodeKeys.Action> action =
          NodeKeys.action(line.get(), nodes.stream().map(NodeProcess::view).toList());
      if (action.isPresent()) {
        run(action.get());
      }
    }
    if (!nodes.isEmpty()) {
      return Progress.Work.GOES_ON;
    }
    if (ran) {
      out.println("No node runs, and no message is handled: + adds a node.");
    }
    if (keys.hasEnded()) {
      throw new IOException("no node runs, and none can be added: the standard input has ended");
    }
    return Progress.Work.WAITS;
  }

  private void lookAtNodes() throws IOException {
    ListIterator<NodeProcess> each = nodes.listIterator();
    while (each.hasNext()) {
      NodeProcess node = each.next();
      Optional<Integer> start = node.newStart();
      if (start.isPresent()) {
        onStart(node, start.get());
      }
      if (node.isAlive()) {
        continue;
      }
      if (node.isStopping()) {
        each.remove();
        onStopped(node);
      } else {
        each.set(restarted(node));
      }
    }
  }

  private void onStart(NodeProcess node, int start) throws IOException {
    if (start == 1) {
      out.println(named(node) + " is ready");
    } else {
      data.crashed();
      out.println(named(node) + " was downed by the others, and has joined them again");
    }
  }

  private void onStopped(NodeProcess node) throws IOException {
    if (node.exitCode() != SIGTERM_EXIT) {
      data.crashed();
    }
    out.println(named(node) + " has stopped, exit code " + node.exitCode());
  }

  private NodeProcess restarted(NodeProcess node) throws IOException {
    data.crashed();
    requireWorthStarting(node);
    NodeProcess restarted = start(node.number());
    out.println(
        "%s exited with code %d; restarted with pid %d"
            .formatted(named(node), node.exitCode(), restarted.pid()));
    return restarted;
  }

  /** Fails after too many early failures in a row. A killed node is restarted without limit. */
  private void requireWorthStarting(NodeProcess node) throws IOException {
    boolean killed = node.exitCode() > SIGNAL_EXIT;
    int inARow = killed ? 0 : failures.getOrDefault(node.number(), 0) + 1;
    failures.put(node.number(), inARow);
    if (inARow > MAX_FAILURES) {
      throw new IOException(
          "node %d failed %d times in a row; its last output: %s"
              .formatted(node.number(), inARow, node.lastOutput()));
    }
  }

  private void run(NodeKeys.Action action) throws IOException, InterruptedException {
    if (action instanceof NodeKeys.Say say) {
      out.println(say.text());
    } else if (action instanceof NodeKeys.Add) {
      out.println(named(add()) + " was added");
    } else if (action instanceof NodeKeys.Stop stop) {
      NodeProcess node = node(stop.number());
      node.stop();
      out.println(named(node) + " stops in order (SIGTERM)");
    } else if (action instanceof NodeKeys.Kill kill) {
      NodeProcess node = node(kill.number());
      data.crashed();
      node.kill();
      nodes.remove(node);
      out.println(named(node) + " was killed (kill -9)");
    } else if (action instanceof NodeKeys.Pause pause) {
      pause(node(pause.number()));
    } else if (action instanceof NodeKeys.Resume resume) {
      NodeProcess node = node(resume.number());
      node.resume();
      out.println(named(node) + " was resumed (SIGCONT)");
    } else {
      throw new IllegalStateException("unknown action " + action);
    }
  }

  private void pause(NodeProcess node) throws IOException, InterruptedException {
    // The others may go on without it. Then it is like a crash.
    data.crashed();
    node.pause();
    out.println("%s was paused (SIGSTOP); p%d resumes it".formatted(named(node), node.number()));
  }

  private NodeProcess node(int number) {
    return nodes.stream().filter(node -> node.number() == number).findFirst().orElseThrow();
  }

  private static String named(NodeProcess node) {
    return "node " + node.number() + " (pid " + node.pid() + ")";
  }

  private void stopNodes() throws IOException, InterruptedException {
    out.println("Stopping the nodes ...");
    for (NodeProcess node : nodes) {
      node.stopAtEnd();
    }
    for (NodeProcess node : nodes) {
      if (!node.hasEndedWithin(STOP_TIMEOUT)) {
        out.println(named(node) + " doesn't stop; it is killed");
        data.crashed();
        node.kill();
      }
    }
  }

  @Override
  public void close() {
    nodes.forEach(NodeProcess::destroy);
  }
}
