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
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.OffsetSet.Range;
import org.perille.internal.log.Origin;
import org.perille.internal.log.ProducerReport;

class ProducerDedupTest {
  private final ProducerDedup producers = new ProducerDedup();

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  private static Origin origin(long epoch, long offset, int index) {
    return new Origin("producer", epoch, offset, index);
  }

  private static ProducerReport report(long epoch, OffsetSet finished) {
    return new ProducerReport("producer", epoch, finished);
  }

  @Test
  void a_message_is_known_by_its_producer_offset_and_index_whatever_epoch_repeats_it() {
    producers.add(origin(1, 7, 0), 100);
    assertThat(producers.find(origin(1, 7, 0))).hasValue(100);
    assertThat(producers.find(origin(2, 7, 0))).hasValue(100);
    assertThat(producers.find(origin(1, 7, 1))).isEmpty();
    assertThat(producers.find(origin(1, 8, 0))).isEmpty();
    assertThat(producers.find(new Origin("other", 1, 7, 0))).isEmpty();
  }

  @Test
  void what_was_sent_before_it_was_finished_and_comes_late_is_refused_also_after_a_snapshot() {
    producers.add(origin(1, 7, 0), 100);
    producers.take(report(1, new OffsetSet(5, List.of(new Range(7, 8)))));
    producers.take(report(1, OffsetSet.below(6)));
    ProducerDedup restored = new ProducerDedup();
    producers.remembered().forEach(restored::restore);
    for (ProducerDedup either : List.of(producers, restored)) {
      assertThat(either.isStale(origin(1, 5, 0))).isTrue();
      assertThat(either.isStale(origin(1, 6, 0))).isFalse();
      assertThat(either.isStale(origin(1, 7, 0))).isTrue();
      assertThat(either.isStale(origin(1, 8, 0))).isFalse();
    }
  }

  @Test
  void what_is_finished_is_forgotten_and_nothing_else() {
    for (long offset = 0; offset < 10; offset++) {
      producers.add(origin(1, offset, 0), 2 * offset);
      producers.add(origin(1, offset, 1), 2 * offset + 1);
    }
    producers.add(new Origin("other", 1, 0, 0), 50);
    producers.take(report(1, new OffsetSet(3, List.of(new Range(5, 7), new Range(9, 12)))));
    for (long offset = 0; offset < 10; offset++) {
      boolean finished = offset < 3 || offset == 5 || offset == 6 || offset == 9;
      assertThat(producers.find(origin(1, offset, 0)).isEmpty()).isEqualTo(finished);
      assertThat(producers.find(origin(1, offset, 1)).isEmpty()).isEqualTo(finished);
    }
    assertThat(producers.find(new Origin("other", 1, 0, 0))).hasValue(50);
    assertThat(producers.size()).isEqualTo(9);
  }

  @Test
  void an_epoch_is_stale_as_soon_as_a_later_one_has_published() {
    producers.add(origin(3, 1, 0), 0);
    assertThat(producers.isStale(origin(2, 5, 0))).isTrue();
    assertThat(producers.isStale(origin(3, 5, 0))).isFalse();
    assertThat(producers.isStale(origin(4, 5, 0))).isFalse();
    assertThat(producers.isStale(new Origin("other", 2, 5, 0))).isFalse();
  }

  @Test
  void an_epoch_is_stale_as_soon_as_a_later_one_has_reported() {
    producers.add(origin(2, 1, 0), 0);
    producers.take(report(3, OffsetSet.below(2)));
    assertThat(producers.find(origin(3, 1, 0))).isEmpty();
    assertThat(producers.isStale(origin(2, 1, 0))).isTrue();
  }

  @Test
  void a_report_of_a_replaced_epoch_changes_nothing() {
    producers.add(origin(3, 1, 0), 0);
    producers.take(report(2, OffsetSet.below(5)));
    assertThat(producers.find(origin(3, 1, 0))).hasValue(0);
    assertThat(producers.isStale(origin(2, 1, 0))).isTrue();
    assertThat(producers.isStale(origin(3, 1, 0))).isFalse();
  }

  @Test
  void an_epoch_whose_messages_are_all_forgotten_is_remembered_through_a_snapshot() {
    producers.add(origin(3, 1, 0), 0);
    producers.take(report(3, OffsetSet.below(2)));
    assertThat(restored(producers).isStale(origin(2, 1, 0))).isTrue();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void it_remembers_what_a_plain_map_does_through_snapshots(long seed) {
    Random random = new Random(seed);
    ProducerDedup current = new ProducerDedup();
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
      ProducerDedup known = current;
      expected.forEach((message, at) -> assertThat(known.find(message)).hasValue(at));
    }
  }

  @Test
  void a_report_takes_no_more_work_because_a_hundred_thousand_dead_letters_were_left_out() {
    int holes = 100_000;
    List<Range> ranges =
        LongStream.range(0, holes).mapToObj(i -> new Range(2 * i + 1, 2 * i + 2)).toList();
    producers.take(report(1, new OffsetSet(0, ranges)));
    long end = 2L * holes;
    long bytes =
        Allocation.of(
            () -> {
              for (int i = 0; i < 1000; i++) {
                long offset = end + i;
                producers.add(origin(1, offset, 0), i);
                producers.take(report(1, new OffsetSet(0, List.of(new Range(end, offset + 1)))));
              }
            });
    assertThat(producers.size()).isZero();
    assertThat(bytes / 1000).as("bytes for a report").isLessThan(10_000);
  }

  private static Set<Long> some(Set<Origin> messages, Random random) {
    return messages.stream()
        .map(Origin::offset)
        .filter(offset -> random.nextInt(4) == 0)
        .collect(Collectors.toSet());
  }

  private static ProducerDedup restored(ProducerDedup producers) {
    ProducerDedup restored = new ProducerDedup();
    producers.remembered().forEach(restored::restore);
    assertThat(restored.remembered()).isEqualTo(producers.remembered());
    return restored;
  }
}
