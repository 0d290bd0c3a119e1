package org.perille.benchmarks.topics;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.perille.Definition;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.benchmarks.contender.Due;
import org.perille.benchmarks.contender.JavaProcess;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/**
 * Measures what many quiet topics cost: the time until all of them have stored and handled their
 * first messages, and the processor time and threads of a node on which nothing happens.
 *
 * <p>Each number of topics has a process and a database of its own.
 */
public final class TopicsBenchmark {
  private static final int PARTITIONS = 16;
  private static final int SUBSCRIPTIONS = 3;
  private static final int MESSAGES = 4;
  private static final int BYTES = 200;

  /** The time after which what was used at the start has ended, such as idle threads. */
  private static final int SETTLING_SECONDS = 90;

  private static final int IDLE_SECONDS = 30;

  private TopicsBenchmark() {}

  /**
   * Runs the benchmark.
   *
   * @param arguments the numbers of topics
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 2 && arguments[0].startsWith("jdbc:")) {
      measure(arguments[0], Integer.parseInt(arguments[1]));
      return;
    }
    List<String> counts = arguments.length > 0 ? List.of(arguments) : List.of("1", "20", "100");
    for (String count : counts) {
      try (Stand stand = Stand.start()) {
        int exitCode =
            JavaProcess.of(
                    TopicsBenchmark.class.getName(),
                    List.of(
                        "-Xmx" + Runtime.getRuntime().maxMemory(),
                        "-Dbenchmark.log=" + System.getProperty("benchmark.log")),
                    List.of(stand.databaseUrl(), count))
                .inheritIO()
                .start()
                .waitFor();
        if (exitCode != 0) {
          throw new IOException(
              "the process with %s topics exited with code %d".formatted(count, exitCode));
        }
      }
    }
  }

  private static void measure(String databaseUrl, int count) throws Exception {
    List<Topic<Parcel>> topics =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    Topic.of("topic-" + i, Parcel.class)
                        .keyedBy(Parcel::key)
                        .withPartitions(PARTITIONS))
            .toList();
    CountDownLatch handled = new CountDownLatch(count * SUBSCRIPTIONS * MESSAGES);
    List<Definition> definitions = new ArrayList<>();
    for (Topic<Parcel> topic : topics) {
      for (int i = 0; i < SUBSCRIPTIONS; i++) {
        definitions.add(
            Subscription.of("subscription-" + i, topic)
                .atLeastOnce(delivery -> handled.countDown()));
      }
    }
    long begin = System.nanoTime();
    try (Perille perille =
        Perille.start(Stand.perilleConfig(databaseUrl), definitions.toArray(new Definition[0]))) {
      double started = seconds(begin);
      long publishing = System.nanoTime();
      Parcel.Source source = new Parcel.Source(BYTES, 42);
      List<CompletableFuture<?>> receipts = new ArrayList<>();
      for (int i = 0; i < MESSAGES; i++) {
        for (Topic<Parcel> topic : topics) {
          receipts.add(perille.publisher(topic).publish(source.next(i)).toCompletableFuture());
        }
      }
      long refused = 0;
      for (CompletableFuture<?> receipt : receipts) {
        refused += receipt.handle((done, failure) -> failure == null ? 0 : 1).join();
      }
      double stored = seconds(publishing);
      if (refused == 0) {
        handled.await();
      }
      System.out.printf(
          "%d topics of %d partitions, %d subscriptions each: started in %.1f s; first receipts of all %d messages %.1f s later, %d without one; all handled %.1f s after the start, with %.1f s of CPU and %d threads%n",
          count,
          PARTITIONS,
          SUBSCRIPTIONS,
          started,
          receipts.size(),
          stored,
          refused,
          seconds(begin),
          cpuSeconds(),
          ManagementFactory.getThreadMXBean().getThreadCount());
      Due.await(System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLING_SECONDS));
      double before = cpuSeconds();
      long idle = System.nanoTime();
      Due.await(idle + TimeUnit.SECONDS.toNanos(IDLE_SECONDS));
      System.out.printf(
          "%d topics idle, after %d s: %.3f cores, %d threads%n",
          count,
          SETTLING_SECONDS,
          (cpuSeconds() - before) / seconds(idle),
          ManagementFactory.getThreadMXBean().getThreadCount());
    }
    // What Pekko leaves running is none of this benchmark.
    System.exit(0);
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / (double) TimeUnit.SECONDS.toNanos(1);
  }

  private static double cpuSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / (double) TimeUnit.SECONDS.toNanos(1);
  }
}
