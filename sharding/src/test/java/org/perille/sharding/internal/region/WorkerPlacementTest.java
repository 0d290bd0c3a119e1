package org.perille.sharding.internal.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: the workers of each subscription are spread evenly over the nodes that run it. */
class WorkerPlacementTest {
  private final Map<String, WorkerLoad> nodes = new LinkedHashMap<>();

  private static boolean everywhere(String node, String subscription) {
    return true;
  }

  private void node(String name, String... workers) {
    nodes.put(name, WorkerLoad.of(List.of(workers)));
  }

  private WorkerPlacement<String> placement(BiPredicate<String, String> runs) {
    return new WorkerPlacement<>(nodes, runs);
  }

  private void placeAll(PlacedSubscription subscription, BiPredicate<String, String> runs) {
    subscription
        .workers(partition -> true)
        .forEach(
            worker ->
                nodes.get(placement(runs).nodeFor(subscription.name()).orElseThrow()).add(worker));
  }

  private Map<String, Integer> loads(String subscription) {
    Map<String, Integer> loads = new TreeMap<>();
    nodes.forEach((node, load) -> loads.put(node, load.of(subscription)));
    return loads;
  }

  /** Moves workers, as the coordinator does, until all stay. Returns the number of rounds. */
  private int settle(BiPredicate<String, String> runs) {
    int rounds = 0;
    while (true) {
      Set<String> moves = placement(runs).moves();
      if (moves.isEmpty()) {
        return rounds;
      }
      assertThat(++rounds).isLessThan(100);
      nodes.replaceAll((node, load) -> without(load, moves));
      for (String worker : moves) {
        String subscription = PlacedSubscription.nameOf(worker);
        nodes.get(placement(runs).nodeFor(subscription).orElseThrow()).add(worker);
      }
    }
  }

  private static WorkerLoad without(WorkerLoad load, Set<String> moves) {
    WorkerLoad copy = load.copy();
    WorkerLoad left = new WorkerLoad();
    for (String subscription : Set.copyOf(copy.subscriptions())) {
      for (int count = load.of(subscription); count > 0; count--) {
        String worker = copy.removeOne(subscription);
        if (!moves.contains(worker)) {
          left.add(worker);
        }
      }
    }
    return left;
  }

  @Test
  void one_subscription_is_spread_over_all_nodes() {
    node("a");
    node("b");
    node("c");
    placeAll(new PlacedSubscription("orders~payment", 16, false), WorkerPlacementTest::everywhere);
    assertThat(loads("orders~payment").values()).containsExactlyInAnyOrder(6, 5, 5);
  }

  @Test
  void many_subscriptions_give_no_node_more_than_its_share() {
    node("a");
    node("b");
    node("c");
    for (int i = 0; i < 30; i++) {
      placeAll(
          new PlacedSubscription("topic-" + i + "~mail", 1, false),
          WorkerPlacementTest::everywhere);
    }
    assertThat(nodes.values()).extracting(WorkerLoad::size).containsExactly(10, 10, 10);
  }

  @Test
  void a_worker_is_placed_only_on_nodes_that_run_its_subscription() {
    node("web");
    node("billing");
    BiPredicate<String, String> runs = (node, subscription) -> node.equals("billing");
    placeAll(new PlacedSubscription("orders~payment", 4, false), runs);
    assertThat(loads("orders~payment")).isEqualTo(Map.of("web", 0, "billing", 4));
    assertThat(placement((node, subscription) -> false).nodeFor("orders~payment"))
        .isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16, 100, 1_000})
  void a_new_node_gets_its_share_of_each_subscription(int partitions) {
    node("a");
    node("b");
    List<PlacedSubscription> all =
        IntStream.range(0, 3)
            .mapToObj(i -> new PlacedSubscription("orders~s" + i, partitions, false))
            .toList();
    all.forEach(subscription -> placeAll(subscription, WorkerPlacementTest::everywhere));
    node("c");
    settle(WorkerPlacementTest::everywhere);
    for (PlacedSubscription subscription : all) {
      Map<String, Integer> loads = loads(subscription.name());
      assertThat(loads.values().stream().mapToInt(i -> i).sum()).isEqualTo(partitions);
      assertThat(loads.values())
          .allSatisfy(load -> assertThat(load).isBetween(partitions / 3, partitions / 3 + 1));
    }
  }

  @Test
  void nothing_moves_while_the_nodes_are_even() {
    node("a", "t~s~0", "t~s~2");
    node("b", "t~s~1");
    assertThat(placement(WorkerPlacementTest::everywhere).moves()).isEmpty();
  }

  @Test
  void a_node_that_does_not_run_a_subscription_gives_all_its_workers_away() {
    node("old", "t~s~0", "t~s~1", "t~s~2", "t~other~0");
    node("new");
    settle((node, subscription) -> subscription.equals("t~other") || node.equals("new"));
    assertThat(loads("t~s")).isEqualTo(Map.of("old", 0, "new", 3));
    assertThat(loads("t~other")).isEqualTo(Map.of("old", 1, "new", 0));
  }

  @Test
  void workers_stay_where_they_are_if_no_other_node_runs_them() {
    node("old", "t~s~0", "t~s~1");
    node("new");
    assertThat(placement((node, subscription) -> false).moves()).isEmpty();
  }

  @Test
  void half_of_a_subscription_and_a_bounded_number_move_at_once() {
    node("a", IntStream.range(0, 16).mapToObj(i -> "t~s~" + i).toArray(String[]::new));
    node("b");
    assertThat(placement(WorkerPlacementTest::everywhere).moves()).hasSize(8);
    nodes.clear();
    node("a");
    for (int i = 0; i < 100; i++) {
      placeAll(new PlacedSubscription("t~s" + i, 100, false), WorkerPlacementTest::everywhere);
    }
    node("b");
    assertThat(placement(WorkerPlacementTest::everywhere).moves())
        .hasSize(WorkerPlacement.MAX_MOVES);
  }
}
