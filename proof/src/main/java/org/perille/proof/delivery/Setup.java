package org.perille.proof.delivery;

import java.time.Duration;
import java.util.Random;
import org.perille.OnExhausted;
import org.perille.OnExpired;
import org.perille.RetryPolicy;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.settings.EffectSettings;
import org.perille.internal.settings.WorkerSettings;
import org.perille.spi.TransactionalHandler;

/**
 * The subscription of a scenario.
 *
 * @param async whether the handler returns a stage
 * @param maxBatch the maximum number of messages in a batch
 * @param expiring how many of a hundred messages expire soon
 * @param limiterRefuses whether the limiter refuses requests from time to time
 * @param pace the speed of the storage and of other threads
 */
record Setup(
    Subscription<String> subscription,
    WorkerSettings settings,
    boolean async,
    int maxBatch,
    int expiring,
    boolean limiterRefuses,
    Pace pace) {
  private static final int[] EXPIRING = {0, 10, 10, 40};

  /**
   * The weights of the steps that continue what is under way, relative to all other steps.
   *
   * <p>More other steps happen while a slow one is under way.
   *
   * @param cursors writes of the cursor
   * @param failures writes of the failure log
   * @param recovery the time that a starting worker waits for its reads
   * @param threads tasks of threads other than the worker's: handlers, transactions
   * @param stopping the time-out of a worker that stops
   */
  record Pace(int cursors, int failures, int recovery, int threads, int stopping) {
    private static final int[] WRITES = {1, 5, 20, 20};
    private static final int[] RECOVERY = {0, 0, 1, 30};
    private static final int[] THREADS = {1, 10, 10};
    private static final int[] TIME_OUTS = {0, 1, 10};

    static Pace any(Random random) {
      return new Pace(
          WRITES[random.nextInt(WRITES.length)],
          WRITES[random.nextInt(WRITES.length)],
          RECOVERY[random.nextInt(RECOVERY.length)],
          THREADS[random.nextInt(THREADS.length)],
          TIME_OUTS[random.nextInt(TIME_OUTS.length)]);
    }
  }

  static Setup any(Random random) {
    return of(subscription(random, random.nextInt(8)), random);
  }

  /** Returns a setup that stores effects and the cursor in one transaction. */
  static Setup withEffects(Random random) {
    return of(subscription(random, 3), random);
  }

  private static Setup of(Subscription<String> subscription, Random random) {
    return new Setup(
        subscription,
        settings(random),
        random.nextBoolean(),
        1 + random.nextInt(8),
        EXPIRING[random.nextInt(EXPIRING.length)],
        random.nextInt(4) == 0,
        Pace.any(random));
  }

  /** Returns a description that helps to read the scenario. */
  @Override
  public String toString() {
    return "%s, %s, %s, %s, parallelism %d, %s, batches of %d, %d in 100 expire%s, %s, from %s"
        .formatted(
            subscription.guarantee(),
            subscription.ordered() ? "ordered" : "unordered",
            subscription.retries(),
            subscription.onExhausted(),
            subscription.parallelism(),
            async ? "async" : "blocking",
            maxBatch,
            expiring,
            limiterRefuses ? ", refused by its limiter now and then" : "",
            pace,
            subscription.start());
  }

  CursorPolicy policy() {
    return CursorPolicy.of(subscription);
  }

  /** Returns whether failed messages are attempted again, and the attempts are counted. */
  boolean keepsAttempts() {
    return policy() == CursorPolicy.AFTER || policy() == CursorPolicy.WITH_EFFECT;
  }

  /** Returns whether a new subscription starts with the next message. */
  boolean startsLatest() {
    return subscription.start().equals(StartPosition.latest());
  }

  /** Returns the maximum number of attempts that count. */
  int maxAttempts() {
    return subscription.retries().maxAttempts().orElseThrow();
  }

  private static WorkerSettings settings(Random random) {
    return new WorkerSettings(
        2 + random.nextInt(20),
        100_000,
        8 + random.nextInt(50),
        1000,
        Duration.ofMillis(10),
        Duration.ofMinutes(1),
        Duration.ofMinutes(1),
        4,
        new EffectSettings(
            100,
            Duration.ofMinutes(1),
            5,
            new EffectSettings.EffectLimits(1 << 20, 1 << 20, 1 << 20),
            "",
            ""),
        ModelTopic.DECOMPRESSOR,
        "",
        "",
        "node");
  }

  private static Subscription<String> subscription(Random random, int kind) {
    Subscription.Draft<String> draft =
        Subscription.of(
            "subscription",
            Topic.of("topic", String.class).keyedBy(text -> text).withPartitions(1));
    Subscription<String> made =
        switch (kind) {
          case 0 -> draft.ephemeral(Setup::unexpected);
          case 1, 2 -> draft.atMostOnce(Setup::unexpected);
          case 3, 4, 5 -> draft.effectivelyOnce(new Unclaimed());
          default -> draft.atLeastOnce(Setup::unexpected);
        };
    made = made.withParallelism(1 + random.nextInt(4));
    boolean ordered = random.nextInt(4) != 0;
    if (!ordered) {
      made = made.unordered();
    }
    if (random.nextBoolean()) {
      made = made.withDeadline(Duration.ofDays(1));
    }
    if (CursorPolicy.of(made) == CursorPolicy.NEVER) {
      return made;
    }
    made = made.onExpired(any(OnExpired.values(), random));
    if (random.nextInt(4) == 0) {
      made = made.startingAt(StartPosition.latest());
    }
    if (CursorPolicy.of(made) == CursorPolicy.BEFORE) {
      return made;
    }
    OnExhausted consequence = any(OnExhausted.values(), random);
    return made.withRetries(retries(random))
        .onExhausted(
            !ordered && consequence == OnExhausted.PARK_KEY ? OnExhausted.CONTINUE : consequence);
  }

  private static <E> E any(E[] values, Random random) {
    return values[random.nextInt(values.length)];
  }

  private static RetryPolicy retries(Random random) {
    RetryPolicy policy =
        random.nextBoolean()
            ? RetryPolicy.fixed(Duration.ofMillis(20))
            : RetryPolicy.exponential(Duration.ofMillis(10), Duration.ofMillis(100)).withJitter(0);
    policy =
        policy
            .withMaxAttempts(1 + random.nextInt(4))
            .givingUpOn(HandlerBehavior.PermanentException.class)
            .givingUpWhen(HandlerBehavior::isPermanent);
    return random.nextInt(4) == 0 ? policy.withMaxAge(Duration.ofMillis(150)) : policy;
  }

  private static void unexpected(Object delivery) {
    throw new IllegalStateException("the runs of a scenario have handlers of their own");
  }

  /** A handler without claims. The runs of a scenario make their own. */
  private static final class Unclaimed implements TransactionalHandler<String> {
    @Override
    public void prepare(com.typesafe.config.Config config) {}

    @Override
    public Claim<String> claim(String topic, String subscription, int partition) {
      throw new IllegalStateException("the runs of a scenario make claims of their own");
    }
  }
}
