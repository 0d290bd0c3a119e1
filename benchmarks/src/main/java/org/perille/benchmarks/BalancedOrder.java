package org.perille.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The order of contenders in each round, by the design of Williams: in as many rounds as there are
 * contenders, or twice as many if their number is odd, each has each position equally often, and
 * follows each other one equally often.
 */
final class BalancedOrder {
  private BalancedOrder() {}

  /**
   * Returns the contenders in the order of a round.
   *
   * @param round from 0
   */
  static <T> List<T> of(List<T> contenders, int round) {
    int count = contenders.size();
    List<T> order = new ArrayList<>(count);
    for (int position = 0; position < count; position++) {
      // 0, 1, n - 1, 2, n - 2, and so on: each difference of neighbours occurs once.
      int zigzag = position % 2 == 0 ? (count - position / 2) % count : position / 2 + 1;
      order.add(contenders.get((zigzag + round) % count));
    }
    // With an odd number of them, the mirror image has the other half of the neighbours.
    if (count % 2 == 1 && round / count % 2 == 1) {
      Collections.reverse(order);
    }
    return order;
  }
}
