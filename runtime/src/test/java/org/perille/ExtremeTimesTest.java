package org.perille;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.EpochMillis;

/** No time and no duration is so extreme that arithmetic fails instead of a check. */
class ExtremeTimesTest {
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

  @Test
  void a_time_beyond_what_milliseconds_can_count_is_the_farthest_that_they_can() {
    assertThat(EpochMillis.of(Instant.MAX)).isEqualTo(Long.MAX_VALUE);
    assertThat(EpochMillis.of(Instant.MIN)).isEqualTo(Long.MIN_VALUE);
    assertThat(EpochMillis.of(Instant.ofEpochMilli(17))).isEqualTo(17);
    assertThat(ReadFrom.of(StartPosition.timestamp(Instant.MAX)))
        .isEqualTo(new ReadFrom.Timestamp(Long.MAX_VALUE));
    assertThat(ReadFrom.of(StartPosition.timestamp(Instant.MIN)))
        .isEqualTo(new ReadFrom.Timestamp(Long.MIN_VALUE));
  }

  @Test
  void a_delay_for_ever_ends_at_the_end_of_time() {
    assertThat(Message.of("m").delayedBy(FOR_EVER).notBefore()).contains(Instant.MAX);
    assertThat(Message.of("m").delayedBy(FOR_EVER.negated()).notBefore()).contains(Instant.MIN);
  }

  @Test
  void a_duration_that_is_far_too_long_is_refused_as_one_that_is_too_long() {
    Topic<String> topic = Topic.of("t", String.class).keyedBy(m -> m);
    Subscription<String> subscription = Subscription.of("s", topic).atLeastOnce(delivery -> {});
    for (Duration duration : List.of(FOR_EVER, FOR_EVER.negated(), Duration.ZERO)) {
      assertRefused(() -> RetryPolicy.fixed(duration));
      assertRefused(() -> RetryPolicy.exponential(Duration.ofMillis(1), duration));
      assertRefused(() -> RetryPolicy.standard().withMaxAge(duration));
      assertRefused(() -> CircuitBreaker.of(0.5, 10, duration));
      assertRefused(() -> subscription.withDeadline(duration));
    }
    assertThatThrownBy(() -> Nack.retryAfter(FOR_EVER, "later"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertRefused(Runnable definition) {
    assertThatThrownBy(definition::run).isInstanceOf(IllegalArgumentException.class);
  }
}
