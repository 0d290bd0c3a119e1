package org.perille.internal.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perille.internal.log.OffsetSet.Range;

class OffsetSetTest {
  private static final int END = 60;
  private static final int ROUNDS = 200;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  @Test
  void ranges_that_touch_or_fall_are_no_set() {
    assertThatThrownBy(() -> new OffsetSet(3, List.of(new Range(3, 4))))
        .hasMessageContaining("INV-5");
    assertThatThrownBy(() -> new OffsetSet(0, List.of(new Range(2, 4), new Range(4, 5))))
        .hasMessageContaining("INV-5");
    assertThatThrownBy(() -> new OffsetSet(0, List.of(new Range(6, 7), new Range(2, 4))))
        .hasMessageContaining("INV-5");
    assertThatThrownBy(() -> new Range(4, 4)).hasMessageContaining("empty");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void it_behaves_as_a_plain_set_does(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      Set<Long> one = anySet(random);
      Set<Long> other = anySet(random);
      long offset = random.nextInt(END + 2);
      requireSame(of(one), one);
      requireSame(of(one).add(other), with(one, other));
      requireSame(of(one).union(of(other)), with(one, other));
      requireSame(of(one).without(other), without(one, other));
      requireSame(of(one).from(offset), only(one, offset, END));
      requireSame(of(one).before(offset), only(one, 0, offset));
      assertThat(of(one).end()).isEqualTo(1 + one.stream().mapToLong(o -> o).max().orElse(-1));
      assertThat(of(one).countFrom(offset)).isEqualTo(only(one, offset, END).size());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void a_set_is_the_same_however_it_was_made(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      Set<Long> one = anySet(random);
      Set<Long> other = anySet(random);
      long offset = random.nextInt(END + 2);
      OffsetSet set = of(with(one, other));
      assertThat(of(one).union(of(other))).isEqualTo(set);
      assertThat(of(other).add(one)).isEqualTo(set);
      assertThat(set.without(other)).isEqualTo(of(without(one, other)));
      assertThat(set.before(offset).union(set.from(offset))).isEqualTo(set);
    }
  }

  /** Returns a random set, often dense, so that ranges touch and overlap. */
  private static Set<Long> anySet(Random random) {
    Set<Long> set = new TreeSet<>();
    int below = random.nextInt(3) == 0 ? random.nextInt(END) : 0;
    int holes = 1 + random.nextInt(5);
    for (long offset = 0; offset < END; offset++) {
      if (offset < below || random.nextInt(holes) == 0) {
        set.add(offset);
      }
    }
    return set;
  }

  private static OffsetSet of(Set<Long> offsets) {
    return OffsetSet.NONE.add(offsets);
  }

  private static Set<Long> with(Set<Long> one, Set<Long> other) {
    Set<Long> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }

  private static Set<Long> without(Set<Long> one, Set<Long> other) {
    Set<Long> left = new HashSet<>(one);
    left.removeAll(other);
    return left;
  }

  private static Set<Long> only(Set<Long> set, long from, long to) {
    Set<Long> some = new HashSet<>(set);
    some.removeIf(offset -> offset < from || offset >= to);
    return some;
  }

  private static void requireSame(OffsetSet set, Set<Long> expected) {
    assertThat(LongStream.range(0, END + 2).filter(set::contains).boxed())
        .containsExactlyInAnyOrderElementsOf(expected);
  }
}
