package org.perille.internal.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.PartitionEvent.Activated;

class FencingCheckTest {
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  @Test
  void the_checks_of_all_partitions_of_a_process_fall_together() {
    long early = 1_000_000_007;
    long late = early + Duration.ofSeconds(11).toNanos();
    assertThat(early + FencingCheck.untilNext(INTERVAL, early).toNanos())
        .isEqualTo(late + FencingCheck.untilNext(INTERVAL, late).toNanos());
  }

  @Test
  void the_next_check_comes_within_the_interval_also_if_the_clock_of_the_process_is_negative() {
    for (long now : new long[] {-1, 0, 1, INTERVAL.toNanos(), Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(FencingCheck.untilNext(INTERVAL, now)).isPositive().isLessThanOrEqualTo(INTERVAL);
    }
  }

  @Test
  void the_journal_is_read_only_if_nothing_was_appended_since_the_last_check() {
    AtomicLong reads = new AtomicLong();
    AtomicLong successor = new AtomicLong();
    FencingCheck check =
        new FencingCheck(
            (persistenceId, from, to) -> {
              reads.incrementAndGet();
              return CompletableFuture.completedFuture(
                  List.of(new Stored(from, new Activated(0, "other"))));
            },
            "p");
    check.check(7, successor::set);
    check.check(8, successor::set);
    assertThat(reads).hasValue(0);
    check.check(8, successor::set);
    assertThat(reads).hasValue(1);
    assertThat(successor).hasValue(8);
  }
}
