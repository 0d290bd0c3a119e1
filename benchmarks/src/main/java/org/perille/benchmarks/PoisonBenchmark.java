package org.perille.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.perille.Delivery;
import org.perille.Perille;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/**
 * Measures the cost of failing keys for the other keys.
 *
 * <p>It publishes messages of a million keys. Subscriptions then handle them at full speed,
 * alternately with a handler that never fails and with one that fails for a thousand of the keys.
 * Each is paused after its measurement, so that its retries don't burden the next one. The order
 * within a pair alternates.
 */
final class PoisonBenchmark {
  private static final int KEYS = 1_000_000;
  private static final int POISONED_KEYS = 1_000;
  private static final int PAIRS = 15;

  private PoisonBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    long messages = arguments.length > 0 ? Long.parseLong(arguments[0]) : 2_000_000;
    try (Stand stand = Stand.start();
        Perille perille = Perille.start(stand.perilleConfig(), Load.TOPIC)) {
      long healthy = publish(perille.publisher(Load.TOPIC), messages);
      System.out.printf(
          "%,d messages are durable, %,d of them for %,d poisoned keys of %,d%n",
          messages, messages - healthy, POISONED_KEYS, KEYS);
      // The first one is the warm-up.
      catchUp(perille, "warm-up", healthy, false);
      List<Double> clean = new ArrayList<>();
      List<Double> poisoned = new ArrayList<>();
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < PAIRS; i++) {
        boolean poisonFirst = i % 2 == 1;
        double first = catchUp(perille, name(i, poisonFirst), healthy, poisonFirst);
        double second = catchUp(perille, name(i, !poisonFirst), healthy, !poisonFirst);
        clean.add(poisonFirst ? second : first);
        poisoned.add(poisonFirst ? first : second);
        ratios.add(poisoned.get(i) / clean.get(i));
      }
      System.out.printf(
          "healthy messages handled each second, medians of %d pairs: %,.0f without poison, %,.0f"
              + " with it; ratio in a pair %.2f%n",
          PAIRS, Load.median(clean), Load.median(poisoned), Load.median(ratios));
    }
  }

  /**
   * Publishes the messages.
   *
   * @return the number of healthy messages
   */
  private static long publish(Publisher<Parcel> publisher, long messages) {
    Parcel.Source source = Load.source();
    Load.publish(publisher, keys(messages).map(key -> source.next(key, 0)));
    return keys(messages).filter(key -> !isPoisoned(key)).count();
  }

  /** Returns keys in an order in which equal ones are far apart and all are equally frequent. */
  private static Stream<String> keys(long messages) {
    return LongStream.range(0, messages).mapToObj(i -> "key-" + i * 7919 % KEYS);
  }

  private static String name(int pair, boolean poison) {
    return (poison ? "poisoned-" : "clean-") + pair;
  }

  private static boolean isPoisoned(String key) {
    return Integer.parseInt(key.substring("key-".length())) % (KEYS / POISONED_KEYS) == 0;
  }

  /** Returns the number of healthy messages that a new subscription handles per second. */
  private static double catchUp(Perille perille, String name, long healthy, boolean poison) {
    LongAdder handled = new LongAdder();
    long begin = System.nanoTime();
    Subscription<Parcel> subscription =
        Subscription.of(name, Load.TOPIC)
            .atLeastOnce(delivery -> handle(delivery, poison, handled));
    perille.register(subscription);
    while (handled.sum() < healthy) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    double rate = healthy / ((System.nanoTime() - begin) / 1e9);
    perille.subscription(subscription).pause("measured").toCompletableFuture().join();
    System.out.printf("%-12s %,12.0f healthy messages/s%n", name, rate);
    return rate;
  }

  private static void handle(Delivery<Parcel> delivery, boolean poison, LongAdder handled) {
    if (isPoisoned(delivery.key())) {
      if (poison) {
        throw new IllegalStateException("poisoned");
      }
      return;
    }
    handled.increment();
  }
}
