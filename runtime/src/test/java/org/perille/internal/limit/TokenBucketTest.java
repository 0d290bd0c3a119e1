package org.perille.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {
  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void a_burst_is_a_tenth_of_a_second_or_one_message() {
    assertThat(TokenBucket.full(1000, 0).available()).isEqualTo(100);
    assertThat(TokenBucket.full(0.001, 0).available()).isEqualTo(1);
    TokenBucket unused = TokenBucket.full(1000, 0);
    unused.fill(millis(10_000));
    assertThat(unused.available()).isEqualTo(100);
  }

  @Test
  void a_token_is_due_when_it_was_said_to_be() {
    TokenBucket bucket = TokenBucket.full(3, 0);
    bucket.take(1);
    long due = bucket.nanosUntilToken();
    assertThat(due).isBetween(millis(333), millis(334));
    bucket.fill(due - millis(1));
    assertThat(bucket.available()).isZero();
    bucket.fill(due);
    assertThat(bucket.available()).isEqualTo(1);
  }

  @Test
  void a_rate_that_comes_and_goes_brings_no_burst_and_loses_no_part_of_a_token() {
    TokenBucket bucket = TokenBucket.dry(0);
    assertThat(bucket.nanosUntilToken()).isEqualTo(Long.MAX_VALUE);
    for (int i = 0; i < 10; i++) {
      bucket.changeRate(1, millis(1000L * i));
      bucket.fill(millis(1000L * i + 100));
      assertThat(bucket.available()).isEqualTo(i == 9 ? 1 : 0);
      bucket.changeRate(0, millis(1000L * i + 100));
    }
  }

  @Test
  void a_slower_rate_has_a_smaller_burst() {
    TokenBucket bucket = TokenBucket.full(1000, 0);
    bucket.changeRate(100, 0);
    assertThat(bucket.available()).isEqualTo(10);
  }

  @Test
  void what_was_not_used_comes_back_up_to_the_burst() {
    TokenBucket bucket = TokenBucket.full(100, 0);
    bucket.take(8);
    bucket.fill(millis(50));
    bucket.giveBack(8);
    assertThat(bucket.available()).isEqualTo(10);
  }

  @Test
  void more_than_there_is_can_not_be_taken() {
    assertThatThrownBy(() -> TokenBucket.full(10, 0).take(2))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void in_any_time_no_more_is_taken_than_the_rate_and_one_burst(long seed) {
    Random random = new Random(seed);
    double rate = Math.pow(10, random.nextDouble() * 6 - 1);
    long now = random.nextLong();
    long start = now;
    TokenBucket bucket = TokenBucket.full(rate, now);
    long taken = 0;
    for (int i = 0; i < 5_000; i++) {
      now += random.nextInt(20_000_000);
      bucket.fill(now);
      int wanted = Math.min(bucket.available(), random.nextInt(1000));
      bucket.take(wanted);
      taken += wanted;
      assertThat((double) taken)
          .isLessThanOrEqualTo(rate * (now - start) / 1e9 + Math.max(1, rate / 10) + 1e-6);
    }
    assertThat((double) taken).isGreaterThan(rate * (now - start) / 1e9 * 0.4);
  }
}
