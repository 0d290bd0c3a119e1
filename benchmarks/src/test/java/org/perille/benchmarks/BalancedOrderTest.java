package org.perille.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BalancedOrderTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void each_contender_has_each_position_and_each_predecessor_equally_often(int count) {
    List<Integer> contenders = IntStream.range(0, count).boxed().toList();
    int rounds = count % 2 == 0 ? count : 2 * count;
    Map<List<Integer>, Integer> positions = new HashMap<>();
    Map<List<Integer>, Integer> neighbours = new HashMap<>();
    for (int round = 0; round < rounds; round++) {
      List<Integer> order = BalancedOrder.of(contenders, round);
      assertThat(order).containsExactlyInAnyOrderElementsOf(contenders);
      for (int i = 0; i < count; i++) {
        positions.merge(List.of(order.get(i), i), 1, Integer::sum);
        if (i > 0) {
          neighbours.merge(List.of(order.get(i - 1), order.get(i)), 1, Integer::sum);
        }
      }
    }
    assertThat(positions).hasSize(count * count).values().containsOnly(rounds / count);
    if (count > 1) {
      assertThat(neighbours).hasSize(count * (count - 1)).values().containsOnly(rounds / count);
    }
  }
}
