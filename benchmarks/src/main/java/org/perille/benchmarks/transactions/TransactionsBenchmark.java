package org.perille.benchmarks.transactions;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.perille.Commit;
import org.perille.Perille;
import org.perille.Topic;
import org.perille.benchmarks.contender.Due;
import org.perille.benchmarks.contender.KafkaTransactions;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/**
 * Measures transactions of two messages with random keys: the time until they are committed at a
 * rate, and their number as fast as possible. Kafka's follow on the same machine.
 *
 * <p>Times are from the moment at which a transaction was due, so those that wait count too.
 */
public final class TransactionsBenchmark {
  private static final Topic<Parcel> TOPIC =
      Topic.of("parcels", Parcel.class).keyedBy(Parcel::key).withPartitions(16);

  private static final int BYTES = 200;
  private static final int IN_FLIGHT = 2_000;
  private static final int SECONDS_AT_FULL_SPEED = 20;
  private static final int PERCENT = 100;
  private static final int USUAL = 50;
  private static final int SLOW = 99;

  /** Commits a transaction of two messages. */
  @FunctionalInterface
  private interface Target {
    /**
     * Begins to commit.
     *
     * @param committed is called when the transaction is durable
     * @return a stage that completes when its messages can be read
     */
    CompletionStage<?> commit(Parcel one, Parcel other, Runnable committed);
  }

  private final String name;
  private final Target target;
  private final Parcel.Source source = new Parcel.Source(BYTES, 42);
  private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
  private final LongAdder failed = new LongAdder();

  private TransactionsBenchmark(String name, Target target) {
    this.name = name;
    this.target = target;
  }

  /**
   * Runs the benchmark.
   *
   * @param arguments the transactions of a second (1,000), and the seconds (30)
   */
  public static void main(String[] arguments) throws Exception {
    int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 30;
    try (Stand stand = Stand.start();
        Perille perille = Perille.start(stand.perilleConfig(), TOPIC)) {
      new TransactionsBenchmark(
              "perille", (one, other, committed) -> commit(perille, one, other, committed))
          .run(rate, seconds);
    }
    try (KafkaTransactions kafka = new KafkaTransactions()) {
      new TransactionsBenchmark(
              "kafka, forced",
              (one, other, committed) -> kafka.commit(one, other).thenRun(committed))
          .run(rate, seconds);
    }
    // What Pekko leaves running is none of this benchmark.
    System.exit(0);
  }

  private static CompletionStage<?> commit(
      Perille perille, Parcel one, Parcel other, Runnable committed) {
    Commit commit = perille.transaction().add(TOPIC, one).add(TOPIC, other).commit();
    var unused = commit.committed().thenRun(committed);
    return commit.receipts();
  }

  private void run(int rate, int seconds) {
    double warm = atFullSpeed();
    Histogram committed = new ConcurrentHistogram(3);
    Histogram readable = new ConcurrentHistogram(3);
    long begin = System.nanoTime();
    for (long i = 0; i < (long) rate * seconds; i++) {
      long due = begin + i * TimeUnit.SECONDS.toNanos(1) / rate;
      Due.await(due);
      commit(due, at -> committed.recordValue(at - due), at -> readable.recordValue(at - due));
    }
    awaitAll();
    System.out.printf("%s, %,d transactions/s%n", name, rate);
    print("committed", committed);
    print("all messages stored", readable);
    System.out.printf(
        "%s, as fast as possible: %,.0f transactions/s (%,.0f in the warm-up); %d failed in all%n",
        name, atFullSpeed(), warm, failed.sum());
  }

  private static void print(String what, Histogram latency) {
    System.out.printf(
        "  %-20s p50 %8.2f ms, p99 %8.2f ms, max %8.2f ms%n",
        what,
        latency.getValueAtPercentile(USUAL) / 1e6,
        latency.getValueAtPercentile(SLOW) / 1e6,
        latency.getValueAtPercentile(PERCENT) / 1e6);
  }

  /** Commits for some time as fast as possible; returns the transactions of a second. */
  private double atFullSpeed() {
    LongAdder done = new LongAdder();
    long begin = System.nanoTime();
    long end = begin + TimeUnit.SECONDS.toNanos(SECONDS_AT_FULL_SPEED);
    while (System.nanoTime() < end) {
      commit(System.nanoTime(), at -> {}, at -> done.increment());
    }
    awaitAll();
    return done.sum() / ((System.nanoTime() - begin) / 1e9);
  }

  private void commit(long due, LongConsumer committed, LongConsumer stored) {
    inFlight.acquireUninterruptibly();
    var unused =
        target
            .commit(source.next(due), source.next(due), () -> committed.accept(System.nanoTime()))
            .whenComplete(
                (done, failure) -> {
                  if (failure == null) {
                    stored.accept(System.nanoTime());
                  } else {
                    failed.increment();
                  }
                  inFlight.release();
                });
  }

  private void awaitAll() {
    inFlight.acquireUninterruptibly(IN_FLIGHT);
    inFlight.release(IN_FLIGHT);
  }
}
