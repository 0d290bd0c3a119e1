package org.perille.benchmarks.recovery;

import com.typesafe.config.Config;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.benchmarks.contender.JavaProcess;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/**
 * Measures the recovery of a partition with a long history.
 *
 * <p>One process fills the partition and is killed. In another process the benchmark measures the
 * time until the partition stores the next message, and until its subscription has handled it. A
 * partition without history comes first: its time is the time of a process that has just started.
 * Run it with a small heap.
 */
public final class RecoveryBenchmark {
  private static final int BYTES = 200;
  private static final int IN_FLIGHT = 20_000;

  private static final Topic<Parcel> OLD = topic("old");
  private static final Topic<Parcel> NEW = topic("new");

  private RecoveryBenchmark() {}

  private static Topic<Parcel> topic(String name) {
    return Topic.of(name, Parcel.class).keyedBy(Parcel::key).withPartitions(1);
  }

  /**
   * Runs the benchmark.
   *
   * @param arguments the number of messages in the partition
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 2) {
      fill(Stand.perilleConfig(arguments[0]), Long.parseLong(arguments[1]));
    }
    long messages = arguments.length > 0 ? Long.parseLong(arguments[0]) : 10_000_000;
    try (Stand stand = Stand.start()) {
      fillElsewhere(stand, messages);
      recover(stand, messages);
    }
  }

  private static void fillElsewhere(Stand stand, long messages)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    int exitCode =
        JavaProcess.of(
                RecoveryBenchmark.class.getName(),
                List.of(
                    "-Xmx" + Runtime.getRuntime().maxMemory(),
                    "-Dbenchmark.log=" + System.getProperty("benchmark.log")),
                List.of(stand.databaseUrl(), String.valueOf(messages)))
            .inheritIO()
            .start()
            .waitFor();
    if (exitCode != 0) {
      throw new IOException("the process that fills the partition exited with code " + exitCode);
    }
    System.out.printf(
        "%,d messages stored in one partition and handled by a subscription in %.0f s, by a process"
            + " that was killed then%n",
        messages, seconds(begin));
  }

  private static void fill(Config config, long messages) throws InterruptedException {
    CountDownLatch handled = new CountDownLatch(1);
    AtomicLong left = new AtomicLong(messages);
    Perille perille =
        Perille.start(
            config,
            Subscription.of("handling", OLD)
                .atLeastOnce(
                    parcel -> {
                      if (left.decrementAndGet() == 0) {
                        handled.countDown();
                      }
                    }));
    Publisher<Parcel> publisher = perille.publisher(OLD);
    Semaphore room = new Semaphore(IN_FLIGHT);
    Parcel.Source source = new Parcel.Source(BYTES, 42);
    for (long i = 0; i < messages; i++) {
      room.acquire();
      publisher
          .publish(source.next(i))
          .whenComplete(
              (receipt, failure) -> {
                if (failure != null) {
                  failure.printStackTrace();
                  Runtime.getRuntime().halt(1);
                }
                room.release();
              });
    }
    handled.await();
    System.out.printf(
        "its heap was at most %,d MiB of %,d MiB%n",
        peakHeapMiB(), Runtime.getRuntime().maxMemory() >> 20);
    Runtime.getRuntime().halt(0);
  }

  /** The seconds until a message was stored, and until it was handled. */
  private record Times(double stored, double handled) {
    @Override
    public String toString() {
      return "stored after %.3f s and handled after %.3f s".formatted(stored, handled);
    }
  }

  private static void recover(Stand stand, long messages) throws Exception {
    CountDownLatch handledNew = new CountDownLatch(1);
    CountDownLatch handledOld = new CountDownLatch(1);
    long started = System.nanoTime();
    try (Perille perille =
        Perille.start(
            stand.perilleConfig(),
            Subscription.of("handling-new", NEW).atLeastOnce(parcel -> handledNew.countDown()),
            Subscription.of("handling", OLD)
                .atLeastOnce(
                    parcel -> {
                      if (parcel.offset() == messages) {
                        handledOld.countDown();
                      }
                    }))) {
      System.out.printf(
          "Perille started in %.2f s (cluster of one node, schema checked); then its first message"
              + " was %s; the next one was for the long history, and was %s%n",
          seconds(started),
          publish(perille.publisher(NEW), handledNew),
          publish(perille.publisher(OLD), handledOld));
      System.out.printf(
          "heap at most %,d MiB of %,d MiB%n",
          peakHeapMiB(), Runtime.getRuntime().maxMemory() >> 20);
    }
  }

  private static Times publish(Publisher<Parcel> publisher, CountDownLatch handled)
      throws InterruptedException {
    long begin = System.nanoTime();
    publisher.publish(new Parcel.Source(BYTES, 43).next(0)).toCompletableFuture().join();
    double stored = seconds(begin);
    handled.await();
    return new Times(stored, seconds(begin));
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / (double) TimeUnit.SECONDS.toNanos(1);
  }

  /** Returns an upper bound: the sum of the peaks of all parts of the heap. */
  private static long peakHeapMiB() {
    List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans();
    return pools.stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .mapToLong(pool -> pool.getPeakUsage().getUsed())
            .sum()
        >> 20;
  }
}
