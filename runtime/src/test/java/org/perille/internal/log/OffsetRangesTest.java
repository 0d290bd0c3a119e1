package org.perille.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perille.internal.log.OffsetSet.Range;

class OffsetRangesTest {
  private static final int END = 60;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void it_behaves_as_a_plain_set_does(long seed) {
    Random random = new Random(seed);
    OffsetRanges ranges = new OffsetRanges();
    TreeSet<Long> plain = new TreeSet<>();
    for (int step = 0; step < 500; step++) {
      long from = random.nextInt(END);
      if (random.nextInt(3) == 0) {
        ranges.remove(from);
        plain.remove(from);
      } else {
        long to = from + 1 + random.nextInt(6);
        ranges.add(from, to);
        LongStream.range(from, to).forEach(plain::add);
      }
      assertThat(ranges.toSet()).isEqualTo(OffsetSet.NONE.add(plain));
      long at = random.nextInt(END + 8);
      assertThat(ranges.contains(at)).isEqualTo(plain.contains(at));
      assertThat(ranges.atOrAfter(at).map(range -> Math.max(at, range.from())).orElse(-1L))
          .isEqualTo(plain.ceiling(at) == null ? -1L : plain.ceiling(at));
      assertThat(ranges.before(at).map(range -> Math.min(at, range.to()) - 1).orElse(-1L))
          .isEqualTo(plain.lower(at) == null ? -1L : plain.lower(at));
      OffsetRanges copy = new OffsetRanges();
      copy.add(ranges.toSet());
      assertThat(copy.toSet()).isEqualTo(ranges.toSet());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void ranges_that_touch_become_one(long seed) {
    OffsetRanges ranges = new OffsetRanges();
    new Random(seed).longs(500, 0, 30).forEach(offset -> ranges.add(offset));
    assertThat(ranges.toSet()).isEqualTo(OffsetSet.below(30));
    ranges.remove(10);
    ranges.remove(10);
    assertThat(ranges.atOrAfter(0)).hasValue(new Range(0, 10));
    assertThat(ranges.atOrAfter(10)).hasValue(new Range(11, 30));
  }
}
