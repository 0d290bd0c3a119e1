package org.perille.internal.limit;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perille.internal.Pure;

/**
 * The rotation of what can't be divided evenly, such as one permit for three nodes.
 *
 * <p>A turn lasts for a while, since moving a permit takes time. The next turn goes to the node
 * that has had none for the longest time.
 */
@Pure
final class Rotation {
  private static final class Turn {
    private boolean has;
    private long sinceNanos;
  }

  private final long turnNanos;
  private final Map<String, Turn> rotation = new HashMap<>();

  Rotation(long turnNanos) {
    this.turnNanos = turnNanos;
  }

  void note(String node, boolean has, long nowNanos) {
    Turn turn = rotation.get(node);
    if (turn == null) {
      turn = new Turn();
      rotation.put(node, turn);
      turn.has = has;
      turn.sinceNanos = nowNanos;
    } else if (turn.has != has) {
      turn.has = has;
      turn.sinceNanos = nowNanos;
    }
  }

  void forget(String node) {
    rotation.remove(node);
  }

  /** Returns these nodes, beginning with the one whose turn it is. */
  List<String> inOrder(Collection<String> nodes, long nowNanos) {
    return nodes.stream()
        .sorted(
            Comparator.<String>comparingInt(node -> rank(rotation.get(node), nowNanos))
                .thenComparing(
                    (one, other) ->
                        Long.compare(
                            rotation.get(one).sinceNanos - rotation.get(other).sinceNanos, 0))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private int rank(Turn turn, long nowNanos) {
    if (!turn.has) {
      return 1;
    }
    return nowNanos - turn.sinceNanos < turnNanos ? 0 : 2;
  }
}
