package org.perille.benchmarks;

import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.benchmarks.contender.Stand;
import org.perille.sharding.Perille;

/**
 * A chain of three topics, on PostgreSQL: two event-sourced stages, each with its effect and the
 * message that it passes on, and a handler at the end. Latencies count from when a message should
 * have been published to when the handler at the end has it.
 */
final class ChainBenchmark {
  private static final int KEYS = 10_000;
  private static final int WARM_UP_SECONDS = 30;
  private static final int SECONDS = 30;

  private ChainBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
    Topic<Counting.Hit> first = Counting.topic("first");
    Topic<Counting.Hit> second = Counting.topic("second");
    Topic<Counting.Hit> third = Counting.topic("third");
    ConcurrentHistogram latency = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
    Semaphore arrived = new Semaphore(0);
    try (Stand stand = Stand.start();
        Perille perille =
            Perille.start(
                stand.perilleConfig(),
                Subscription.of("one", first).effectivelyOnce(new Counting(Optional.of(second))),
                Subscription.of("two", second).effectivelyOnce(new Counting(Optional.of(third))),
                Subscription.of("end", third)
                    .atLeastOnce(
                        delivery -> {
                          latency.recordValue(System.nanoTime() - delivery.message().dueNanos());
                          arrived.release();
                        }))) {
      Publisher<Counting.Hit> publisher = perille.publisher(first);
      publish(publisher, rate, WARM_UP_SECONDS, arrived);
      latency.reset();
      publish(publisher, rate, SECONDS, arrived);
      Histogram all = latency;
      System.out.printf(
          "chain of three topics at %,d/s: p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, longest %.1f ms%n",
          rate,
          all.getValueAtPercentile(50) / 1e6,
          all.getValueAtPercentile(99) / 1e6,
          all.getValueAtPercentile(99.9) / 1e6,
          all.getMaxValue() / 1e6);
    }
  }

  private static void publish(
      Publisher<Counting.Hit> publisher, int rate, int seconds, Semaphore arrived)
      throws InterruptedException {
    SplittableRandom random = new SplittableRandom(42);
    String padding = "x".repeat(140);
    int messages = rate * seconds;
    long begin = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      long due = begin + i * (1_000_000_000L / rate);
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      publisher.publishAndForget(new Counting.Hit("key-" + random.nextInt(KEYS), due, padding));
    }
    arrived.acquire(messages);
  }
}
