package org.perille.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.benchmarks.contender.Due;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/**
 * Measures the cost of a slow subscription for the others.
 *
 * <p>It publishes at full speed to several subscriptions. One of them is so slow that its lag
 * grows. It is paused and resumed alternately, in one process, because two processes with the same
 * work differ by more than the effect to be measured.
 */
final class SlowBenchmark {
  private static final int WARM_UP_SECONDS = 90;

  /** The time until a pause or its end has an effect. */
  private static final int SETTLING_SECONDS = 1;

  private static final int MEASURED_SECONDS = 4;
  private static final int PAIRS = 30;

  private SlowBenchmark() {}

  /**
   * Runs the benchmark.
   *
   * @param arguments the number of subscriptions, including the slow one; the milliseconds that the
   *     slow one takes per message
   */
  public static void main(String[] arguments) throws Exception {
    int subscriptions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4;
    long slowMillis = arguments.length > 1 ? Long.parseLong(arguments[1]) : 100;
    LongAdder handled = new LongAdder();
    LongAdder slowlyHandled = new LongAdder();
    List<Subscription<?>> all = new ArrayList<>();
    for (int i = 1; i < subscriptions; i++) {
      all.add(
          Subscription.of("prompt-" + i, Load.TOPIC).atLeastOnce(delivery -> handled.increment()));
    }
    Subscription<Parcel> slow =
        Subscription.of("slow", Load.TOPIC)
            .atLeastOnce(
                delivery -> {
                  TimeUnit.MILLISECONDS.sleep(slowMillis);
                  slowlyHandled.increment();
                });
    all.add(slow);
    AtomicBoolean end = new AtomicBoolean();
    try (Stand stand = Stand.start();
        Perille perille =
            Perille.start(stand.perilleConfig(), all.toArray(new Subscription<?>[0]))) {
      Publisher<Parcel> publisher = perille.publisher(Load.TOPIC);
      Parcel.Source source = Load.source();
      Stream<Parcel> parcels = Stream.generate(() -> source.next(0)).takeWhile(p -> !end.get());
      Thread publishing = new Thread(() -> Load.publish(publisher, parcels), "publishing");
      publishing.start();
      rate(handled, WARM_UP_SECONDS);
      List<Double> without = new ArrayList<>();
      List<Double> beside = new ArrayList<>();
      List<Double> ratios = new ArrayList<>();
      long slowBefore = slowlyHandled.sum();
      for (int i = 0; i < PAIRS; i++) {
        boolean slowFirst = i % 2 == 1;
        double first = measured(perille, slow, slowFirst, handled);
        double second = measured(perille, slow, !slowFirst, handled);
        without.add(slowFirst ? second : first);
        beside.add(slowFirst ? first : second);
        ratios.add(beside.get(i) / without.get(i));
      }
      System.out.printf(
          "%d prompt subscriptions, deliveries each second, medians of %d pairs: %,.0f while the"
              + " slow one is paused, %,.0f beside it; ratio in a pair %.3f (%.3f to %.3f); it"
              + " handled %,d meanwhile%n",
          subscriptions - 1,
          PAIRS,
          Load.median(without),
          Load.median(beside),
          Load.median(ratios),
          ratios.stream().min(Double::compare).orElseThrow(),
          ratios.stream().max(Double::compare).orElseThrow(),
          slowlyHandled.sum() - slowBefore);
      end.set(true);
      publishing.join();
    }
  }

  private static double measured(
      Perille perille, Subscription<?> slow, boolean running, LongAdder handled) {
    (running ? perille.subscription(slow).resume() : perille.subscription(slow).pause("measured"))
        .toCompletableFuture()
        .join();
    rate(handled, SETTLING_SECONDS);
    double rate = rate(handled, MEASURED_SECONDS);
    System.out.printf("%-10s %,12.0f deliveries/s%n", running ? "beside" : "without", rate);
    return rate;
  }

  /** Returns the deliveries per second, measured over some seconds. */
  private static double rate(LongAdder handled, int seconds) {
    long begin = System.nanoTime();
    long before = handled.sum();
    Due.await(begin + TimeUnit.SECONDS.toNanos(seconds));
    return (handled.sum() - before) / ((System.nanoTime() - begin) / 1e9);
  }
}
