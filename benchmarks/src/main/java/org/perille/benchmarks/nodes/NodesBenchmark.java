package org.perille.benchmarks.nodes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.perille.benchmarks.contender.JavaProcess;
import org.perille.benchmarks.contender.SelfSigned;
import org.perille.benchmarks.contender.Stand;
import org.perille.benchmarks.trial.Result;

/**
 * Measures the same load on one, two and three nodes: at full speed, and at a rate.
 *
 * <p>All nodes share this machine and one database. So the benchmark shows the cost of
 * distribution, not its gain.
 */
public final class NodesBenchmark {
  private static final Path DIRECTORY = Path.of("benchmarks", "target", "results", "nodes");
  private static final int MOST_NODES = 3;
  private static final int IN_FLIGHT = 20_000;
  private static final int WARM_UP_SECONDS = 60;
  private static final int SECONDS = 15;
  private static final long TIMEOUT_SECONDS = 120;

  private record Node(Process process, NodeMain.Duty duty, BufferedReader says, Writer orders) {
    void await(String word) throws IOException {
      String said = says.readLine();
      while (said != null && !said.equals(word)) {
        said = says.readLine();
      }
      if (said == null) {
        throw new IOException("a node stopped before it was " + word + "; see its log");
      }
    }

    long count() throws IOException {
      return Long.parseLong(says.readLine());
    }

    void order(String order) throws IOException {
      orders.write(order + "\n");
      orders.flush();
    }
  }

  private NodesBenchmark() {}

  /**
   * Runs the benchmark.
   *
   * @param arguments {@code --tls} to compare two nodes with and without TLS instead, and the
   *     parcels per second of the second part
   */
  public static void main(String[] arguments) throws Exception {
    List<String> left = new ArrayList<>(List.of(arguments));
    boolean tls = left.remove("--tls");
    int rate = left.isEmpty() ? 1_000 : Integer.parseInt(left.get(0));
    System.out.println(
        "| nodes | load | stored/s | stored: p50 ms | p99 ms | handled/s | handled: p50 ms | p99 ms | handled by each |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    for (int load : new int[] {0, rate}) {
      if (tls) {
        measure(2, load, Map.of());
        measure(2, load, SelfSigned.settings(DIRECTORY));
      } else {
        for (int nodes = 1; nodes <= MOST_NODES; nodes++) {
          measure(nodes, load, Map.of());
        }
      }
    }
  }

  private static void measure(int nodes, int rate, Map<String, String> settings) throws Exception {
    Files.createDirectories(DIRECTORY);
    List<Node> all = new ArrayList<>();
    try (Stand stand = Stand.start()) {
      int[] ports = freePorts(nodes);
      for (int i = 0; i < nodes; i++) {
        all.add(
            start(
                new NodeMain.Duty(
                    stand.databaseUrl(),
                    ports[i],
                    ports[0],
                    nodes,
                    rate / nodes,
                    IN_FLIGHT / nodes,
                    WARM_UP_SECONDS,
                    SECONDS,
                    DIRECTORY.resolve("node-" + i)),
                settings));
      }
      for (Node node : all) {
        node.await(NodeMain.READY);
      }
      String begin = String.valueOf(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
      for (Node node : all) {
        node.order(begin);
      }
      long sent = 0;
      for (Node node : all) {
        node.await(NodeMain.SENT);
        sent += node.count();
      }
      awaitHandled(all, sent);
      for (Node node : all) {
        node.order(NodeMain.END);
      }
      for (Node node : all) {
        node.process.waitFor();
      }
      print(settings.isEmpty() ? String.valueOf(nodes) : nodes + ", TLS", rate, all);
    } finally {
      all.forEach(node -> node.process.destroyForcibly());
    }
  }

  private static void awaitHandled(List<Node> all, long sent) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    for (long handled = 0; handled < sent; ) {
      if (System.nanoTime() > end) {
        throw new IOException("of %,d parcels only %,d are handled".formatted(sent, handled));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      handled = 0;
      for (Node node : all) {
        node.order("count");
        handled += node.count();
      }
    }
  }

  private static int[] freePorts(int count) throws IOException {
    int[] ports = new int[count];
    for (int i = 0; i < count; i++) {
      try (ServerSocket socket = new ServerSocket(0)) {
        ports[i] = socket.getLocalPort();
      }
    }
    return ports;
  }

  private static Node start(NodeMain.Duty duty, Map<String, String> settings) throws IOException {
    List<String> options = new ArrayList<>(JavaProcess.USUAL_HEAP);
    options.add("-Dbenchmark.log=" + duty.results() + ".log");
    settings.forEach((key, value) -> options.add("-D" + key + "=" + value));
    Process process =
        JavaProcess.of(NodeMain.class.getName(), options, List.of(duty.arguments()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new Node(
        process,
        duty,
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)),
        process.outputWriter(StandardCharsets.UTF_8));
  }

  private static void print(String nodes, int rate, List<Node> all) throws IOException {
    List<Result> published = new ArrayList<>();
    List<Result> handled = new ArrayList<>();
    for (Node node : all) {
      published.add(Result.read(node.duty.published()));
      handled.add(Result.read(node.duty.handled()));
    }
    Result stored = Result.together(published);
    Result done = Result.together(handled);
    System.out.printf(
        "| %s | %s | %,.0f | %.2f | %.2f | %,.0f | %.2f | %.2f | %s |%n",
        nodes,
        rate == 0 ? "as fast as possible" : "%,d/s".formatted(rate),
        stored.throughput(),
        stored.millisAt(50),
        stored.millisAt(99),
        done.throughput(),
        done.millisAt(50),
        done.millisAt(99),
        handled.stream().map(each -> "%,.0f".formatted(each.throughput())).toList());
  }
}
