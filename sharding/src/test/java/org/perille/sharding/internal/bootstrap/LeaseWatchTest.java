package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.perille.sharding.internal.bootstrap.LeaseWatch.Decision;
import org.perille.spi.LeaseTable.Lease;

class LeaseWatchTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final LeaseWatch watch = new LeaseWatch("self", Duration.ofSeconds(5));

  private Decision decide(String owner, long version, long nowNanos) {
    return watch.decide(new Lease(owner, version), Set.of("self", "near"), nowNanos);
  }

  @Test
  void a_free_lease_is_taken_at_once() {
    assertThat(decide("", 3, 0)).isEqualTo(new Decision.Take(3));
  }

  /** An answer may have been lost: the first attempt was stored, and the node doesn't know. */
  @Test
  void a_node_takes_again_what_it_has() {
    assertThat(decide("self", 3, 0)).isEqualTo(new Decision.Take(3));
  }

  @Test
  void a_holder_that_is_alive_keeps_the_lease() {
    assertThat(decide("far", 3, 0)).isEqualTo(new Decision.Wait());
    assertThat(decide("far", 3, SECOND)).isEqualTo(new Decision.Wait());
    assertThat(decide("far", 4, 2 * SECOND)).isEqualTo(new Decision.Refused("far"));
  }

  @Test
  void a_holder_that_was_killed_or_is_paused_loses_the_lease_after_the_time_out() {
    assertThat(decide("far", 3, 10 * SECOND)).isEqualTo(new Decision.Wait());
    assertThat(decide("far", 3, 15 * SECOND - 1)).isEqualTo(new Decision.Wait());
    assertThat(decide("far", 3, 15 * SECOND)).isEqualTo(new Decision.Take(3));
  }

  @Test
  void the_time_begins_again_with_another_holder() {
    decide("far", 3, 0);
    assertThat(decide("further", 4, 4 * SECOND)).isEqualTo(new Decision.Wait());
    assertThat(decide("further", 4, 8 * SECOND)).isEqualTo(new Decision.Wait());
    assertThat(decide("further", 4, 9 * SECOND)).isEqualTo(new Decision.Take(4));
  }

  /** Its leader has changed since its last decision, and the former one still holds the lease. */
  @Test
  void a_holder_on_the_same_side_hands_the_lease_over() {
    assertThat(decide("near", 3, 0)).isEqualTo(new Decision.Take(3));
  }
}
