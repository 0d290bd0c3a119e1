package org.perille.internal.log;

import java.util.ArrayList;
import java.util.List;

/**
 * The serialized form of the ranges of a set of offsets.
 *
 * <p>It has pairs of the gap before a range and its length minus one, which are small numbers.
 */
public final class OffsetSetCodec {
  private OffsetSetCodec() {}

  public static List<Long> gaps(OffsetSet set) {
    List<Long> gaps = new ArrayList<>(2 * set.above().size());
    long end = set.below();
    for (OffsetSet.Range range : set.above()) {
      gaps.add(range.from() - end);
      gaps.add(range.to() - range.from() - 1);
      end = range.to();
    }
    return gaps;
  }

  /**
   * Reads the serialized form.
   *
   * @throws IllegalArgumentException if it isn't that of a set
   */
  public static OffsetSet set(long below, List<Long> gaps) {
    if (gaps.size() % 2 != 0) {
      throw new IllegalArgumentException(
          "the ranges of a set of offsets are pairs of numbers, and these are " + gaps.size());
    }
    List<OffsetSet.Range> above = new ArrayList<>(gaps.size() / 2);
    long end = below;
    for (int i = 0; i < gaps.size(); i += 2) {
      long from = end + gaps.get(i);
      end = from + gaps.get(i + 1) + 1;
      above.add(new OffsetSet.Range(from, end));
    }
    return new OffsetSet(below, above);
  }
}
