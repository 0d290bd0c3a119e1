package org.perille.benchmarks;

import com.typesafe.config.ConfigFactory;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.perille.EventSourcedSubscription;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.Topic;
import org.perille.benchmarks.contender.Stand;
import org.perille.sharding.Perille;

/**
 * Event-sourced effects over 100,000 keys, on PostgreSQL: first each key once, so that all are
 * recovered, then keys at random, as fast as effects become durable.
 */
final class EffectBenchmark {
  private static final int KEYS = 100_000;
  private static final int SECONDS = 30;

  /** Publishing stays this far ahead of the effects, so that there is always enough to do. */
  private static final int AHEAD = 30_000;

  private EffectBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Topic<Counting.Hit> hits = Counting.topic("hits");
    EventSourcedSubscription<Counting.Hit, Counting.Count> counting =
        Subscription.of("counting", hits).effectivelyOnce(new Counting(Optional.empty()));
    try (Stand stand = Stand.start();
        Perille perille =
            Perille.start(
                ConfigFactory.parseString("perille.effect.passivate-after = 1h")
                    .withFallback(stand.perilleConfig()),
                counting)) {
      Publisher<Counting.Hit> publisher = perille.publisher(hits);
      String padding = "x".repeat(140);
      long begin = System.nanoTime();
      Semaphore inFlight = new Semaphore(AHEAD);
      for (int i = 0; i < KEYS; i++) {
        publish(publisher, inFlight, new Counting.Hit("key-" + i, 0, padding));
      }
      awaitHandled(perille, counting, KEYS);
      System.out.printf(
          "%,d keys touched for the first time: %,.0f effects/s%n",
          KEYS, KEYS / ((System.nanoTime() - begin) / 1e9));
      SplittableRandom random = new SplittableRandom(42);
      long published = KEYS;
      long handled = handled(perille, counting);
      begin = System.nanoTime();
      long end = begin + TimeUnit.SECONDS.toNanos(SECONDS);
      while (System.nanoTime() < end) {
        if (published - handled(perille, counting) < AHEAD) {
          for (int i = 0; i < 2_000; i++) {
            published++;
            publish(
                publisher, inFlight, new Counting.Hit("key-" + random.nextInt(KEYS), 0, padding));
          }
        } else {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
      }
      long now = handled(perille, counting);
      System.out.printf(
          "%,d keys in memory, hit at random: %,.0f effects/s, heap used %,d MiB%n",
          KEYS,
          (now - handled) / ((System.nanoTime() - begin) / 1e9),
          (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
    }
  }

  private static void publish(
      Publisher<Counting.Hit> publisher, Semaphore inFlight, Counting.Hit hit)
      throws InterruptedException {
    inFlight.acquire();
    publisher
        .publish(hit)
        .whenComplete(
            (receipt, failure) -> {
              inFlight.release();
              if (failure != null) {
                failure.printStackTrace();
              }
            });
  }

  private static void awaitHandled(Perille perille, Subscription<?> subscription, long count) {
    while (handled(perille, subscription) < count) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /** Counted by the cursor: what is durably finished. */
  private static long handled(Perille perille, Subscription<?> subscription) {
    return perille.status(subscription).toCompletableFuture().join().partitions().stream()
        .mapToLong(EffectBenchmark::finished)
        .sum();
  }

  private static long finished(SubscriptionStatus.PartitionStatus partition) {
    return Math.max(0, partition.nextOffset()) + partition.finishedAbove();
  }
}
