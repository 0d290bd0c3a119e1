package org.perille.internal.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perille.internal.Allocation;
import org.perille.internal.log.LaneReport;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.OffsetSet.Range;
import org.perille.internal.log.Origin;

class LanesTest {
  private final Lanes lanes = new Lanes();

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  private static Origin origin(long incarnation, long offset, int index) {
    return new Origin("lane", incarnation, offset, index);
  }

  private static LaneReport report(long incarnation, OffsetSet finished) {
    return new LaneReport("lane", incarnation, finished);
  }

  @Test
  void a_message_is_known_by_its_lane_offset_and_index_whatever_incarnation_repeats_it() {
    lanes.add(origin(1, 7, 0), 100);
    assertThat(lanes.find(origin(1, 7, 0))).hasValue(100);
    assertThat(lanes.find(origin(2, 7, 0))).hasValue(100);
    assertThat(lanes.find(origin(1, 7, 1))).isEmpty();
    assertThat(lanes.find(origin(1, 8, 0))).isEmpty();
    assertThat(lanes.find(new Origin("other", 1, 7, 0))).isEmpty();
  }

  @Test
  void what_was_sent_before_it_was_finished_and_comes_late_is_refused_also_after_a_snapshot() {
    lanes.add(origin(1, 7, 0), 100);
    lanes.take(report(1, new OffsetSet(5, List.of(new Range(7, 8)))));
    lanes.take(report(1, OffsetSet.below(6)));
    Lanes restored = new Lanes();
    lanes.remembered().forEach(restored::restore);
    for (Lanes either : List.of(lanes, restored)) {
      assertThat(either.isStale(origin(1, 5, 0))).isTrue();
      assertThat(either.isStale(origin(1, 6, 0))).isFalse();
      assertThat(either.isStale(origin(1, 7, 0))).isTrue();
      assertThat(either.isStale(origin(1, 8, 0))).isFalse();
    }
  }

  @Test
  void what_is_finished_is_forgotten_and_nothing_else() {
    for (long offset = 0; offset < 10; offset++) {
      lanes.add(origin(1, offset, 0), 2 * offset);
      lanes.add(origin(1, offset, 1), 2 * offset + 1);
    }
    lanes.add(new Origin("other", 1, 0, 0), 50);
    lanes.take(report(1, new OffsetSet(3, List.of(new Range(5, 7), new Range(9, 12)))));
    for (long offset = 0; offset < 10; offset++) {
      boolean finished = offset < 3 || offset == 5 || offset == 6 || offset == 9;
      assertThat(lanes.find(origin(1, offset, 0)).isEmpty()).isEqualTo(finished);
      assertThat(lanes.find(origin(1, offset, 1)).isEmpty()).isEqualTo(finished);
    }
    assertThat(lanes.find(new Origin("other", 1, 0, 0))).hasValue(50);
    assertThat(lanes.size()).isEqualTo(9);
  }

  @Test
  void an_incarnation_is_stale_as_soon_as_a_later_one_has_published() {
    lanes.add(origin(3, 1, 0), 0);
    assertThat(lanes.isStale(origin(2, 5, 0))).isTrue();
    assertThat(lanes.isStale(origin(3, 5, 0))).isFalse();
    assertThat(lanes.isStale(origin(4, 5, 0))).isFalse();
    assertThat(lanes.isStale(new Origin("other", 2, 5, 0))).isFalse();
  }

  @Test
  void an_incarnation_is_stale_as_soon_as_a_later_one_has_reported() {
    lanes.add(origin(2, 1, 0), 0);
    lanes.take(report(3, OffsetSet.below(2)));
    assertThat(lanes.find(origin(3, 1, 0))).isEmpty();
    assertThat(lanes.isStale(origin(2, 1, 0))).isTrue();
  }

  @Test
  void a_report_of_a_replaced_incarnation_changes_nothing() {
    lanes.add(origin(3, 1, 0), 0);
    lanes.take(report(2, OffsetSet.below(5)));
    assertThat(lanes.find(origin(3, 1, 0))).hasValue(0);
    assertThat(lanes.isStale(origin(2, 1, 0))).isTrue();
    assertThat(lanes.isStale(origin(3, 1, 0))).isFalse();
  }

  @Test
  void an_incarnation_whose_messages_are_all_forgotten_is_remembered_through_a_snapshot() {
    lanes.add(origin(3, 1, 0), 0);
    lanes.take(report(3, OffsetSet.below(2)));
    assertThat(restored(lanes).isStale(origin(2, 1, 0))).isTrue();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void it_remembers_what_a_plain_map_does_through_snapshots(long seed) {
    Random random = new Random(seed);
    Lanes current = new Lanes();
    Map<Origin, Long> expected = new HashMap<>();
    OffsetSet finished = OffsetSet.NONE;
    for (int step = 0; step < 1000; step++) {
      Origin origin = origin(1, step / 10 + random.nextInt(20), random.nextInt(3));
      if (!finished.contains(origin.offset()) && current.find(origin).isEmpty()) {
        current.add(origin, step);
        expected.put(origin, (long) step);
      }
      if (random.nextInt(10) == 0) {
        OffsetSet more = finished.add(some(expected.keySet(), random));
        finished = more;
        current.take(report(1, finished));
        expected.keySet().removeIf(known -> more.contains(known.offset()));
      }
      if (random.nextInt(20) == 0) {
        current = restored(current);
      }
      assertThat(current.size()).isEqualTo(expected.size());
      Lanes known = current;
      expected.forEach((message, at) -> assertThat(known.find(message)).hasValue(at));
    }
  }

  @Test
  void a_report_takes_no_more_work_because_a_hundred_thousand_dead_letters_were_left_out() {
    int holes = 100_000;
    List<Range> ranges =
        LongStream.range(0, holes).mapToObj(i -> new Range(2 * i + 1, 2 * i + 2)).toList();
    lanes.take(report(1, new OffsetSet(0, ranges)));
    long end = 2L * holes;
    long bytes =
        Allocation.of(
            () -> {
              for (int i = 0; i < 1000; i++) {
                long offset = end + i;
                lanes.add(origin(1, offset, 0), i);
                lanes.take(report(1, new OffsetSet(0, List.of(new Range(end, offset + 1)))));
              }
            });
    assertThat(lanes.size()).isZero();
    assertThat(bytes / 1000).as("bytes for a report").isLessThan(10_000);
  }

  private static Set<Long> some(Set<Origin> messages, Random random) {
    return messages.stream()
        .map(Origin::offset)
        .filter(offset -> random.nextInt(4) == 0)
        .collect(Collectors.toSet());
  }

  private static Lanes restored(Lanes lanes) {
    Lanes restored = new Lanes();
    lanes.remembered().forEach(restored::restore);
    assertThat(restored.remembered()).isEqualTo(lanes.remembered());
    return restored;
  }
}
