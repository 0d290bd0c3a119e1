package org.perille.benchmarks;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.perille.Publisher;
import org.perille.benchmarks.contender.Stand;
import org.perille.sharding.Perille;

/**
 * Publish until acknowledged, on PostgreSQL: as fast as possible, then at given rates for latency.
 * Latencies count from when a message should have been sent, so a stall counts for all it delays.
 */
final class PublishBenchmark {
  private static final int BYTES = 200;
  private static final int WARM_UP_SECONDS = 10;
  private static final int SECONDS = 15;
  private static final int IN_FLIGHT = 50_000;

  private PublishBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    try (Stand stand = Stand.start();
        Perille perille = Perille.start(stand.perilleConfig(), Load.TOPIC)) {
      Publisher<Load.Blob> publisher = perille.publisher(Load.TOPIC);
      asFastAsPossible(publisher, WARM_UP_SECONDS);
      System.out.printf(
          "as fast as possible: %,.0f messages/s acknowledged durable%n",
          asFastAsPossible(publisher, SECONDS));
      for (int rate : new int[] {1_000, 10_000}) {
        atRate(publisher, rate, 5);
        Histogram latency = atRate(publisher, rate, SECONDS);
        System.out.printf(
            "at %,d/s: acknowledged after p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms%n",
            rate,
            latency.getValueAtPercentile(50) / 1e6,
            latency.getValueAtPercentile(99) / 1e6,
            latency.getValueAtPercentile(99.9) / 1e6);
      }
    }
  }

  private static double asFastAsPossible(Publisher<Load.Blob> publisher, int seconds)
      throws InterruptedException {
    Semaphore inFlight = new Semaphore(IN_FLIGHT);
    LongAdder acknowledged = new LongAdder();
    LongAdder failed = new LongAdder();
    Load load = new Load(BYTES);
    long begin = System.nanoTime();
    long end = begin + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      inFlight.acquire();
      publisher
          .publish(load.next())
          .whenComplete(
              (receipt, failure) -> {
                (failure == null ? acknowledged : failed).increment();
                inFlight.release();
              });
    }
    inFlight.acquire(IN_FLIGHT);
    if (failed.sum() > 0) {
      throw new IllegalStateException(failed.sum() + " messages failed");
    }
    return acknowledged.sum() / ((System.nanoTime() - begin) / 1e9);
  }

  private static Histogram atRate(Publisher<Load.Blob> publisher, int rate, int seconds)
      throws InterruptedException {
    ConcurrentHistogram latency = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
    Load load = new Load(BYTES);
    int messages = rate * seconds;
    Semaphore done = new Semaphore(0);
    long begin = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      long due = begin + i * (1_000_000_000L / rate);
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      publisher
          .publish(load.next())
          .whenComplete(
              (receipt, failure) -> {
                latency.recordValue(System.nanoTime() - due);
                done.release();
              });
    }
    done.acquire(messages);
    return latency;
  }
}
