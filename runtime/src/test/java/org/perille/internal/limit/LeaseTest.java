package org.perille.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final Lease lease = new Lease();

  private boolean take(long number, int permits, long now) {
    return lease.take(
        new LeaseGranted(number, permits, 7, Duration.ofSeconds(5), Duration.ofSeconds(1)), now);
  }

  @Test
  void a_share_is_valid_from_before_it_was_asked_for() {
    assertThat(take(lease.ask(10 * SECOND), 3, 12 * SECOND)).isTrue();
    assertThat(lease.permits(15 * SECOND - 1)).isEqualTo(3);
    assertThat(lease.permits(15 * SECOND)).isZero();
    assertThat(lease.rate(15 * SECOND)).isZero();
    assertThat(lease.noLaterThanItsEnd(20 * SECOND)).isEqualTo(15 * SECOND);
  }

  @Test
  void an_answer_counts_once_and_only_for_the_latest_question() {
    long first = lease.ask(0);
    long second = lease.ask(SECOND);
    assertThat(take(first, 3, SECOND)).isFalse();
    assertThat(take(second, 1, SECOND)).isTrue();
    assertThat(take(second, 3, SECOND)).isFalse();
    assertThat(lease.permits(SECOND)).isEqualTo(1);
  }

  /**
   * Otherwise a coordinator that has believed the report renews a share that its predecessor has
   * granted to another node.
   */
  @Test
  void an_answer_to_a_node_whose_share_has_run_out_since_it_asked_does_not_count() {
    take(lease.ask(0), 3, 0);
    long question = lease.ask(4 * SECOND);
    assertThat(take(question, 3, 5 * SECOND)).isFalse();
    assertThat(take(lease.ask(5 * SECOND), 2, 6 * SECOND)).isTrue();
    assertThat(lease.permits(6 * SECOND)).isEqualTo(2);
  }

  @Test
  void it_does_not_depend_on_where_the_clock_begins() {
    long now = Long.MAX_VALUE - SECOND;
    assertThat(lease.permits(now)).isZero();
    take(lease.ask(now), 3, now);
    assertThat(lease.permits(now + 4 * SECOND)).isEqualTo(3);
    assertThat(lease.permits(now + 5 * SECOND)).isZero();
  }
}
