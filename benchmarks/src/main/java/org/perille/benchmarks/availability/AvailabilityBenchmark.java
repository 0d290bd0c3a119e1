package org.perille.benchmarks.availability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.perille.benchmarks.contender.SelfSigned;
import org.perille.benchmarks.contender.Stand;
import org.perille.benchmarks.trial.Result;

/**
 * Measures how long messages wait while nodes start, one of two is killed, or three are restarted
 * in turn.
 *
 * <p>All nodes share this machine and one database. The start of a JVM takes most of two cores for
 * some seconds, so the figures are upper limits.
 */
public final class AvailabilityBenchmark implements AutoCloseable {
  private static final String USAGE =
      "usage: benchmarks/run availability start | loss | restarts [--tls] [--rate R] [--times N] [--pause S]";

  private static final int WARM_UP_SECONDS = 30;

  /** Longer than another node needs to take over. */
  private static final int LOSS_SECONDS = 30;

  /** The settings of docs/guides/cluster.md for networks that are trusted. */
  private static final Map<String, String> TRUSTED_NETWORK =
      Map.of(
          "pekko.cluster.failure-detector.heartbeat-interval", "300ms",
          "pekko.cluster.failure-detector.acceptable-heartbeat-pause", "700ms",
          "pekko.cluster.split-brain-resolver.stable-after", "500ms",
          "pekko.cluster.split-brain-resolver.lease-majority.acquire-lease-delay-for-minority",
              "250ms",
          "pekko.cluster.down-removal-margin", "200ms");

  private final Stand stand = Stand.start();
  private final Path directory;
  private final Map<String, String> settings = new HashMap<>();
  private final List<Member> members = new ArrayList<>();
  private int rate = 1_000;
  private int times = 3;

  /** The time between a node that is ready and the next stop. */
  private int pauseSeconds = 10;

  private int databases;
  private int started;
  private String url;

  private AvailabilityBenchmark() throws IOException {
    directory = Files.createDirectories(Path.of("benchmarks", "target", "results", "availability"));
  }

  /**
   * Runs a part of the benchmark.
   *
   * @param arguments see the usage
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 0) {
      System.err.println(USAGE);
      System.exit(2);
    }
    try (AvailabilityBenchmark benchmark = new AvailabilityBenchmark()) {
      benchmark.read(arguments);
      switch (arguments[0]) {
        case "start" -> benchmark.start();
        case "loss" -> benchmark.loss();
        case "restarts" -> benchmark.restarts();
        default -> {
          System.err.println(USAGE);
          System.exit(2);
        }
      }
    }
    System.exit(0);
  }

  private void read(String[] arguments) throws Exception {
    for (int i = 1; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--tls" -> settings.putAll(SelfSigned.settings(directory));
        case "--rate" -> rate = Integer.parseInt(arguments[++i]);
        case "--times" -> times = Integer.parseInt(arguments[++i]);
        case "--pause" -> pauseSeconds = Integer.parseInt(arguments[++i]);
        default -> throw new IllegalArgumentException(arguments[i] + ": " + USAGE);
      }
    }
  }

  /** One node, and two at once, are started on an empty database. */
  private void start() throws Exception {
    System.out.println(
        "| nodes | all ready ms after the start of the processes | of this since Perille.start |");
    System.out.println("|---|---|---|");
    for (int i = 0; i < times; i++) {
      for (int count = 1; count <= 2; count++) {
        start(count);
      }
    }
  }

  private void start(int count) throws Exception {
    newDatabase();
    long began = System.nanoTime();
    for (int i = 0; i < count; i++) {
      node(Map.of());
    }
    List<String> sinceStart = new ArrayList<>();
    for (Member member : members) {
      sinceStart.add(member.await(ServingNode.READY));
    }
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    System.out.printf("| %d | %,d | %s |%n", count, took, String.join("; ", sinceStart));
    requireMembers(count);
    for (Member member : members) {
      member.stop();
    }
    requireNoFailure();
  }

  private void requireMembers(int count) throws SQLException {
    try (var pool = stand.pool(1);
        Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT COUNT(*) FROM run%d.perille_node WHERE state = 'MEMBER'"
                    .formatted(databases))) {
      row.next();
      if (row.getInt(1) != count) {
        throw new IllegalStateException("the nodes are ready, and not members of one cluster");
      }
    }
  }

  /** One of two nodes is killed, and the other one handles all messages. */
  private void loss() throws Exception {
    System.out.println("| settings | killed | longest time from publish to handled, ms |");
    System.out.println("|---|---|---|");
    for (int i = 0; i < times; i++) {
      for (boolean trusted : new boolean[] {false, true}) {
        for (boolean first : new boolean[] {true, false}) {
          Result result = lose(trusted ? TRUSTED_NETWORK : Map.of(), first);
          System.out.printf(
              "| %s | %s | %,.0f |%n",
              trusted ? "for trusted networks" : "default",
              first ? "the one that formed the cluster" : "the other one",
              result.latency().getMaxValue() / 1e6);
        }
      }
    }
  }

  private Result lose(Map<String, String> timings, boolean first) throws Exception {
    newDatabase();
    Member one = node(timings);
    one.await(ServingNode.READY);
    Member other = node(timings);
    other.await(ServingNode.READY);
    for (Member member : List.of(one, other)) {
      member.rate(rate / 2);
    }
    TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
    Member left = first ? other : one;
    left.order(ServingNode.MEASURE);
    (first ? one : other).kill();
    TimeUnit.SECONDS.sleep(LOSS_SECONDS);
    left.rate(0);
    left.stop();
    requireNoFailure();
    return left.result();
  }

  /** Three nodes are restarted in turn, while they publish. */
  private void restarts() throws Exception {
    newDatabase();
    List<Member> running = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      running.add(node(Map.of()));
    }
    for (Member member : running) {
      member.await(ServingNode.READY);
      member.rate(rate / 3);
    }
    TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
    for (Member member : running) {
      member.order(ServingNode.MEASURE);
    }
    List<Result> results = new ArrayList<>();
    List<Long> stops = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Member stopping = running.remove(0);
      // As a load balancer does: the others get its requests.
      stopping.rate(0);
      for (Member other : running) {
        other.rate(rate / 2);
      }
      stops.add(stopping.stop());
      results.add(stopping.result());
      Member next = node(Map.of());
      next.await(ServingNode.READY);
      running.add(next);
      for (Member member : running) {
        member.rate(rate / 3);
      }
      TimeUnit.SECONDS.sleep(pauseSeconds);
    }
    for (Member member : running) {
      member.rate(0);
    }
    TimeUnit.SECONDS.sleep(1);
    for (Member member : running) {
      stops.add(member.stop());
      results.add(member.result());
    }
    Result all = Result.together(results);
    Map<String, String> row = new LinkedHashMap<>();
    row.put("messages", "%,d".formatted(all.latency().getTotalCount()));
    row.put("p50 ms", "%.1f".formatted(all.millisAt(50)));
    row.put("p99 ms", "%.1f".formatted(all.millisAt(99)));
    row.put("p99.9 ms", "%.1f".formatted(all.millisAt(99.9)));
    row.put("longest ms", "%.1f".formatted(all.latency().getMaxValue() / 1e6));
    row.put("stops ms", stops.toString());
    row.put("failures", String.valueOf(failures().size()));
    System.out.println("| " + String.join(" | ", row.keySet()) + " |");
    System.out.println("|---".repeat(row.size()) + "|");
    System.out.println("| " + String.join(" | ", row.values()) + " |");
    failures().forEach(System.out::println);
  }

  private void newDatabase() throws SQLException {
    databases++;
    members.clear();
    try (var pool = stand.pool(1);
        Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA run" + databases);
      connection.commit();
    }
    url = stand.databaseUrl() + "&currentSchema=run" + databases;
  }

  private Member node(Map<String, String> timings) throws IOException {
    Map<String, String> all = new HashMap<>(settings);
    all.putAll(timings);
    Member member = Member.start(url, all, directory.resolve("node-" + ++started));
    members.add(member);
    return member;
  }

  private List<String> failures() {
    return members.stream().flatMap(member -> member.failures().stream()).toList();
  }

  private void requireNoFailure() {
    if (!failures().isEmpty()) {
      throw new IllegalStateException("publishing failed: " + failures());
    }
  }

  @Override
  public void close() throws IOException {
    members.forEach(Member::close);
    stand.close();
  }
}
