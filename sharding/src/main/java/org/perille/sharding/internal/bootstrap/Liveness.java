package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.perille.internal.Pure;
import org.perille.spi.NodeRegistry.Node;

/**
 * Decides from repeated checks of their entries which nodes are alive.
 *
 * <p>A node is alive if its count rises while it is watched. It compares no clocks, since those of
 * two machines may differ by minutes.
 */
@Pure
final class Liveness {
  /** The number of intervals after which a missing count means that the node is dead. */
  private static final double LATE = 2.5;

  private static final class Watched {
    private long count;
    private boolean hasRisen;

    /**
     * The number of checks without a rise. Checks count, not time: while the database is blocked no
     * node can count.
     */
    private long missedChecks;

    Watched(long count) {
      this.count = count;
    }
  }

  private final Duration interval;
  private final Map<Long, Watched> watched = new HashMap<>();

  /**
   * Creates an instance that knows no nodes.
   *
   * @param interval the time between two checks
   */
  Liveness(Duration interval) {
    this.interval = interval;
  }

  /** Accounts for the result of a check. Forgets nodes that it doesn't contain. */
  void observe(List<Node> nodes) {
    watched.keySet().retainAll(nodes.stream().map(Node::number).collect(Collectors.toSet()));
    nodes.forEach(this::observe);
  }

  private void observe(Node node) {
    Watched known = watched.get(node.number());
    if (known == null) {
      watched.put(node.number(), new Watched(node.count()));
    } else if (node.count() != known.count) {
      known.count = node.count();
      known.hasRisen = true;
      known.missedChecks = 0;
    } else {
      known.missedChecks++;
    }
  }

  /** Returns whether a node of the last check is alive. False also if that isn't known yet. */
  boolean lives(Node node) {
    return watched.get(node.number()).hasRisen && !isGone(node);
  }

  /** Returns whether a node of the last check is dead. False also if that isn't known yet. */
  boolean isGone(Node node) {
    double intervals =
        (double) node.description().interval().toMillis() / Math.max(1, interval.toMillis());
    return watched.get(node.number()).missedChecks >= Math.max(LATE, LATE * intervals);
  }
}
