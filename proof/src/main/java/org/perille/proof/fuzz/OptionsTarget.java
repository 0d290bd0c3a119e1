package org.perille.proof.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.perille.CircuitBreaker;
import org.perille.ConfigurationException;
import org.perille.Limits;
import org.perille.RetryPolicy;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.Topic;

/**
 * Numbers that programs pass to options.
 *
 * <p>Each option accepts them, and then works, or fails with {@link ConfigurationException} or
 * {@link IllegalArgumentException}. An input is a list of numbers of eight bytes.
 */
final class OptionsTarget implements FuzzTarget {
  private static final int NUMBERS = 6;

  /** An option with two numbers. */
  @FunctionalInterface
  private interface Option {
    void set(long a, long b);
  }

  private static final Topic<String> TOPIC = Topic.of("topic", String.class).keyedBy(key -> key);
  private static final Subscription<String> SUBSCRIPTION =
      Subscription.of("subscription", TOPIC).atLeastOnce(delivery -> {});

  private static final List<Option> OPTIONS =
      List.of(
          (a, b) -> checkDelays(RetryPolicy.exponential(duration(a), duration(b)), (int) b),
          (a, b) -> checkDelays(RetryPolicy.fixed(duration(a)), (int) b),
          (a, b) -> RetryPolicy.standard().withMaxAge(duration(a)),
          (a, b) -> RetryPolicy.standard().withMaxAttempts((int) a),
          (a, b) ->
              checkDelays(RetryPolicy.standard().withJitter(Double.longBitsToDouble(a)), (int) b),
          (a, b) -> TOPIC.withPartitions((int) a),
          (a, b) -> SUBSCRIPTION.withDeadline(duration(a)),
          (a, b) -> SUBSCRIPTION.withParallelism((int) a),
          (a, b) -> CircuitBreaker.of(Double.longBitsToDouble(a), (int) b, duration(b)),
          (a, b) -> SUBSCRIPTION.startingAt(StartPosition.offset(a)),
          (a, b) ->
              SUBSCRIPTION.withLimits(
                  Limits.none()
                      .withRatePerNode(Double.longBitsToDouble(a))
                      .withRateInCluster(Double.longBitsToDouble(b))),
          (a, b) ->
              SUBSCRIPTION.withLimits(
                  Limits.none().withConcurrencyPerNode((int) a).withConcurrencyInCluster((int) b)));

  /** Returns any duration. Even numbers are seconds, odd ones milliseconds. */
  private static Duration duration(long number) {
    return number % 2 == 0 ? Duration.ofSeconds(number) : Duration.ofMillis(number);
  }

  private static void checkDelays(RetryPolicy policy, int attempt) {
    for (double chance : new double[] {0, 0.999_999}) {
      assertThat(policy.delayAfter(Math.max(1, attempt), chance))
          .isBetween(Duration.ofMillis(1), Duration.ofDays(14));
    }
  }

  @Override
  public String name() {
    return "options";
  }

  @Override
  public List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    long[] numbers = {
      1,
      100,
      60_000,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      Long.MAX_VALUE - 1,
      Double.doubleToLongBits(0.5),
      Double.doubleToLongBits(Double.NaN)
    };
    for (long a : numbers) {
      for (long b : numbers) {
        seeds.add(ByteBuffer.allocate(Long.BYTES * 2).putLong(a).putLong(b).array());
      }
    }
    return seeds;
  }

  @Override
  public int mutations() {
    return 2_000;
  }

  @Override
  public void accept(byte[] input) {
    ByteBuffer numbers = ByteBuffer.allocate(Math.max(input.length, NUMBERS * Long.BYTES));
    numbers.put(input).rewind();
    long a = numbers.getLong();
    long b = numbers.getLong();
    for (Option option : OPTIONS) {
      try {
        option.set(a, b);
      } catch (ConfigurationException | IllegalArgumentException e) {
        // The option refuses the numbers.
      }
    }
  }
}
