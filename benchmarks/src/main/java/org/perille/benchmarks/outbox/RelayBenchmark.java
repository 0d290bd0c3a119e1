package org.perille.benchmarks.outbox;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.perille.benchmarks.contender.Parcel;

/**
 * Compares outboxes as fast as possible: the rows of a second from the first transaction of the
 * application until all are handled, and the space that the outbox needs then.
 *
 * <p>Each transaction inserts some rows into a table of the application, and publishes one message
 * for each. The contenders take turns, each time in a database of their own, after as many rows to
 * warm up.
 */
public final class RelayBenchmark {
  private static final int BYTES = 200;
  private static final int ROWS_OF_TRANSACTION = 20;

  private RelayBenchmark() {}

  /**
   * Runs the benchmark.
   *
   * @param arguments the rows (100,000), and the rounds (2)
   */
  public static void main(String[] arguments) throws Exception {
    int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
    for (int round = 0; round < rounds; round++) {
      List<Callable<Relay>> turns =
          new ArrayList<>(List.of(PerilleRelay::new, HandWrittenRelay::new, ModulithRelay::new));
      if (round % 2 == 1) {
        Collections.reverse(turns);
      }
      for (Callable<Relay> turn : turns) {
        try (Relay relay = turn.call()) {
          double warmUp = rowsPerSecond(relay, rows);
          double measured = rowsPerSecond(relay, rows);
          System.out.printf(
              "%s: %,.0f rows/s until handled (%,.0f before, while warming up), %d in a transaction; its tables have %,d kB then%n",
              relay, measured, warmUp, ROWS_OF_TRANSACTION, relay.bytes() / 1024);
        }
      }
    }
    // What Pekko leaves running is none of this benchmark.
    System.exit(0);
  }

  private static double rowsPerSecond(Relay relay, int rows) throws Exception {
    long before = relay.handled();
    int ofThread = rows / Relay.THREADS / ROWS_OF_TRANSACTION;
    ExecutorService threads = Executors.newFixedThreadPool(Relay.THREADS);
    List<Future<?>> all = new ArrayList<>();
    long begin = System.nanoTime();
    for (int thread = 0; thread < Relay.THREADS; thread++) {
      Parcel.Source source = new Parcel.Source(BYTES, thread);
      all.add(
          threads.submit(
              () -> {
                for (int i = 0; i < ofThread; i++) {
                  List<Parcel> parcels = new ArrayList<>();
                  for (int row = 0; row < ROWS_OF_TRANSACTION; row++) {
                    parcels.add(source.next(0));
                  }
                  relay.transact(parcels);
                }
                return null;
              }));
    }
    for (Future<?> one : all) {
      one.get();
    }
    threads.shutdown();
    long published = (long) Relay.THREADS * ofThread * ROWS_OF_TRANSACTION;
    while (relay.handled() < before + published) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return published * (double) TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - begin);
  }
}
