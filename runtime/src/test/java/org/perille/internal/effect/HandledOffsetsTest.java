package org.perille.internal.effect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perille.internal.log.OffsetRanges;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.OffsetSet.Range;

class HandledOffsetsTest {
  private static final int END = 60;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void it_behaves_as_two_plain_sets_do(long seed) {
    Random random = new Random(seed);
    HandledOffsets handled = new HandledOffsets();
    TreeSet<Long> passed = new TreeSet<>();
    TreeSet<Long> excepted = new TreeSet<>();
    for (int step = 0; step < 300; step++) {
      long offset = random.nextInt(END);
      if (random.nextBoolean()) {
        OffsetSet more = OffsetSet.NONE.add(LongStream.range(offset, offset + 3).boxed().toList());
        handled.pass(more);
        LongStream.range(offset, offset + 3).forEach(passed::add);
      } else {
        boolean unhandled = random.nextInt(3) > 0;
        handled.except(offset, unhandled);
        excepted.removeIf(other -> other == offset && !unhandled);
        if (unhandled) {
          excepted.add(offset);
        }
      }
      TreeSet<Long> expected = new TreeSet<>(passed);
      expected.removeAll(excepted);
      OffsetSet all = OffsetSet.NONE.add(expected);
      assertThat(handled.contains(offset)).isEqualTo(expected.contains(offset));
      assertThat(handled.highest(END)).isEqualTo(all);
      assertThat(upwards(handled)).isEqualTo(all);
      OffsetSet two = handled.highest(2);
      assertThat(two.below()).isEqualTo(all.below());
      assertThat(two.end()).isEqualTo(all.end());
      assertThat(all.above()).containsAll(two.above());
    }
  }

  private static OffsetSet upwards(HandledOffsets handled) {
    OffsetRanges ranges = new OffsetRanges();
    Optional<Range> next = handled.after(0);
    while (next.isPresent()) {
      ranges.add(next.get().from(), next.get().to());
      next = handled.after(next.get().to());
    }
    return ranges.toSet();
  }
}
