package org.perille.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;
import org.perille.benchmarks.report.Plots;

/**
 * Publishes a backlog, then adds a subscription that starts at the oldest message.
 *
 * <p>Meanwhile publishing continues at 1,000 messages/s. Run it with a small heap.
 */
final class BacklogBenchmark {
  private static final int RATE_MEANWHILE = 1_000;

  private BacklogBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    long backlog = arguments.length > 0 ? Long.parseLong(arguments[0]) : 5_000_000;
    try (Stand stand = Stand.start();
        Perille perille = Perille.start(stand.perilleConfig(), Load.TOPIC)) {
      Publisher<Parcel> publisher = perille.publisher(Load.TOPIC);
      Parcel.Source source = Load.source();
      Load.publish(publisher, Stream.generate(() -> source.next(0)).limit(backlog));
      System.out.printf("%,d messages are durable%n", backlog);
      LongAdder handled = new LongAdder();
      AtomicBoolean caughtUp = new AtomicBoolean();
      Thread meanwhile = new Thread(() -> publishMeanwhile(publisher, caughtUp));
      meanwhile.start();
      long begin = System.nanoTime();
      perille.register(
          Subscription.of("late", Load.TOPIC).atLeastOnce(delivery -> handled.increment()));
      List<Double> times = new ArrayList<>();
      List<Long> left = new ArrayList<>();
      do {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        times.add((System.nanoTime() - begin) / 1e9);
        left.add(Math.max(0, backlog - handled.sum()));
      } while (left.get(left.size() - 1) > 0);
      double seconds = (System.nanoTime() - begin) / 1e9;
      caughtUp.set(true);
      meanwhile.join();
      System.out.printf(
          "caught up with %,d messages in %.1f s: %,.0f messages/s; heap at most %,d MiB, used now"
              + " %,d MiB%n",
          backlog,
          seconds,
          backlog / seconds,
          Runtime.getRuntime().maxMemory() >> 20,
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20);
      Path results = Files.createDirectories(Path.of("benchmarks", "target", "results", "backlog"));
      Plots.backlog(
          "a new subscription and %,d messages".formatted(backlog),
          times,
          left,
          results.resolve("backlog.png"));
    }
  }

  private static void publishMeanwhile(Publisher<Parcel> publisher, AtomicBoolean end) {
    Parcel.Source load = Load.source();
    while (!end.get()) {
      publisher.publish(load.next(0)).toCompletableFuture().join();
      LockSupport.parkNanos(1_000_000_000L / RATE_MEANWHILE);
    }
  }
}
