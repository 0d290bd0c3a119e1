package org.perille.sharding.internal.region;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.perille.internal.Pure;

/**
 * Decides which node runs which worker.
 *
 * <p>The workers of each subscription are spread over the nodes that run it: their numbers differ
 * by at most one. Where that leaves a choice, the node with the fewest workers of all subscriptions
 * is taken.
 *
 * @param <N> identifies a node
 */
@Pure
final class WorkerPlacement<N> {
  /**
   * The largest number of workers of one subscription that move at the same time: half of them, and
   * no more than this.
   */
  static final int MAX_MOVES_OF_ONE = 20;

  /** The largest number of workers that move at the same time. Each recovers on its new node. */
  static final int MAX_MOVES = 200;

  private final Map<N, WorkerLoad> loads;
  private final BiPredicate<N, String> runs;

  /**
   * Creates the decision.
   *
   * @param loads the nodes that may have workers, and those that they have. The order of the nodes
   *     decides between equals.
   * @param runs tells whether a node runs the subscription with this name
   */
  WorkerPlacement(Map<N, WorkerLoad> loads, BiPredicate<N, String> runs) {
    this.loads = loads;
    this.runs = runs;
  }

  /** Returns the node for one more worker of a subscription; empty if none runs it. */
  Optional<N> nodeFor(String subscription) {
    return least(loads, subscription);
  }

  private Optional<N> least(Map<N, WorkerLoad> among, String subscription) {
    return among.keySet().stream()
        .filter(node -> runs.test(node, subscription))
        .min(byLoad(among, subscription));
  }

  private static <N> Comparator<N> byLoad(Map<N, WorkerLoad> loads, String subscription) {
    return Comparator.<N>comparingInt(node -> loads.get(node).of(subscription))
        .thenComparingInt(node -> loads.get(node).size());
  }

  /** Returns the workers that must leave their nodes, for the next ones to be placed evenly. */
  Set<String> moves() {
    Map<N, WorkerLoad> planned = new LinkedHashMap<>();
    Set<String> subscriptions = new TreeSet<>();
    loads.forEach(
        (node, load) -> {
          planned.put(node, load.copy());
          subscriptions.addAll(load.subscriptions());
        });
    Set<String> moves = new LinkedHashSet<>();
    for (String subscription : subscriptions) {
      int workers = loads.values().stream().mapToInt(load -> load.of(subscription)).sum();
      int most = Math.max(1, Math.min(workers / 2, MAX_MOVES_OF_ONE));
      move(planned, subscription, Math.min(most, MAX_MOVES - moves.size()), moves);
    }
    return moves;
  }

  private void move(Map<N, WorkerLoad> planned, String subscription, int most, Set<String> moves) {
    for (int moved = 0; moved < most; moved++) {
      Optional<N> to = least(planned, subscription);
      Optional<N> from = to.flatMap(least -> giver(planned, subscription, least));
      if (from.isEmpty()) {
        return;
      }
      String worker = planned.get(from.get()).removeOne(subscription);
      planned.get(to.get()).add(worker);
      moves.add(worker);
    }
  }

  /**
   * Returns the node that must give a worker to the node with the fewest: one that doesn't run the
   * subscription, or one with two more.
   */
  private Optional<N> giver(Map<N, WorkerLoad> planned, String subscription, N least) {
    return planned.keySet().stream()
        .filter(node -> planned.get(node).of(subscription) > 0)
        .filter(node -> !runs.test(node, subscription))
        .findFirst()
        .or(
            () ->
                planned.keySet().stream()
                    .max(byLoad(planned, subscription))
                    .filter(
                        most ->
                            planned.get(most).of(subscription)
                                >= planned.get(least).of(subscription) + 2));
  }
}
