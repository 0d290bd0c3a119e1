package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.pekko.cluster.typed.Cluster;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.Limits;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

/**
 * Three nodes in one JVM that share limits. The first one has the logs, in an in-memory journal.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
// Slow: clusters of several nodes, and rates that take time to measure.
@Tag("slow")
class LimitsInClusterTest {
  record Task(String key) implements PerilleMessage {}

  /** The work of one test's handlers on all nodes. */
  private static final class Work {
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger mostRunning = new AtomicInteger();
    private final ConcurrentLinkedQueue<Long> begunAtNanos = new ConcurrentLinkedQueue<>();
    private final Set<Integer> nodes = ConcurrentHashMap.newKeySet();

    void handle(int node, Duration takes) throws InterruptedException {
      begunAtNanos.add(System.nanoTime());
      mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
      nodes.add(node);
      TimeUnit.NANOSECONDS.sleep(takes.toNanos());
      running.decrementAndGet();
    }
  }

  private static final int NODES = 3;

  private static final AtomicInteger TOPICS = new AtomicInteger();

  private final List<Perille> nodes = new ArrayList<>();
  private Topic<Task> tasks;
  private Work work;

  @BeforeAll
  void start() {
    for (int node = 0; node < NODES; node++) {
      nodes.add(start(node));
    }
  }

  @AfterAll
  void stop() {
    for (int node = NODES - 1; node >= 0; node--) {
      nodes.get(node).close();
    }
  }

  @BeforeEach
  void begin() {
    tasks =
        Topic.of("limited-" + TOPICS.incrementAndGet(), Task.class)
            .keyedBy(Task::key)
            .withPartitions(6);
    work = new Work();
  }

  /** Returns the address of the first node; nothing for that node, which has a port of its own. */
  private String seedNodes() {
    return nodes.stream()
        .limit(1)
        .map(first -> '"' + Cluster.get(first.system()).selfMember().address().toString() + '"')
        .collect(Collectors.joining());
  }

  private Perille start(int node) {
    return Perille.start(
        Memory.config(
            "pekko.cluster.seed-nodes = [" + seedNodes() + "]",
            "pekko.remote.artery.canonical.port = 0",
            "perille.cluster.partition-role = log",
            "pekko.cluster.roles = [" + (node == 0 ? "log" : "") + "]"));
  }

  private Subscription<Task> limited(int node, Limits limits, Duration takes) {
    Work ofThisTest = work;
    return Subscription.of("limited", tasks)
        .atLeastOnce(delivery -> ofThisTest.handle(node, takes))
        .withLimits(limits);
  }

  private void subscribe(Limits limits, Duration takes) {
    for (int node = 0; node < NODES; node++) {
      nodes.get(node).register(limited(node, limits, takes));
    }
  }

  private void publish(int messages) throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      receipts.add(nodes.get(0).publisher(tasks).publish(new Task("k" + i)).toCompletableFuture());
    }
    for (CompletableFuture<Receipt> receipt : receipts) {
      receipt.get(180, SECONDS);
    }
  }

  private void publishUntil(ThrowingRunnable enough) {
    await()
        .atMost(180, SECONDS)
        .untilAsserted(
            () -> {
              publish(20);
              enough.run();
            });
  }

  private void awaitHandled(int messages) {
    await().atMost(180, SECONDS).until(() -> work.begunAtNanos.size() >= messages);
  }

  @Test
  void one_handler_at_a_time_runs_in_the_cluster_and_every_node_gets_its_turn() throws Exception {
    subscribe(Limits.none().withConcurrencyInCluster(1), Duration.ofMillis(20));
    publish(600);
    awaitHandled(600);
    assertThat(work.mostRunning).hasValue(1);
    assertThat(work.nodes).containsExactlyInAnyOrder(0, 1, 2);
  }

  @Test
  void no_more_messages_are_handled_in_the_cluster_than_the_rate_allows() throws Exception {
    double rate = 60;
    subscribe(Limits.none().withRateInCluster(rate), Duration.ZERO);
    publish(600);
    awaitHandled(600);
    assertThat(work.nodes).containsExactlyInAnyOrder(0, 1, 2);
    LongSummaryStatistics times =
        work.begunAtNanos.stream().mapToLong(Long::longValue).summaryStatistics();
    double seconds = (times.getMax() - times.getMin()) / (double) SECONDS.toNanos(1);
    // A token is taken before its handler starts, which may take two seconds on a slow machine.
    double bursts = rate / 10 + NODES;
    assertThat(600.0).isLessThanOrEqualTo(rate * (seconds + 2) + bursts);
  }

  @Test
  void the_nodes_of_an_ephemeral_subscription_share_limits_too() throws Exception {
    Work ofThisTest = work;
    for (int node = 0; node < NODES; node++) {
      int number = node;
      nodes
          .get(node)
          .register(
              Subscription.of("live", tasks)
                  .ephemeral(delivery -> ofThisTest.handle(number, Duration.ofMillis(10)))
                  .withLimits(Limits.none().withConcurrencyInCluster(2)));
    }
    publishUntil(
        () -> {
          assertThat(work.nodes).containsExactlyInAnyOrder(0, 1, 2);
          assertThat(work.mostRunning).hasValue(2);
        });
  }

  @Test
  void a_node_that_leaves_takes_no_permits_with_it() throws Exception {
    Limits limits = Limits.none().withConcurrencyInCluster(3);
    Duration takes = Duration.ofMillis(20);
    subscribe(limits, takes);
    try (Perille leaving = start(NODES)) {
      leaving.register(limited(NODES, limits, takes));
      publishUntil(() -> assertThat(work.nodes).contains(NODES));
    }
    work.mostRunning.set(0);
    publishUntil(() -> assertThat(work.mostRunning).hasValue(3));
  }
}
