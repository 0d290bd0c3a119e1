package org.perille.internal.limit;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.perille.internal.Pure;
import org.perille.internal.limit.LeaseReport.Need;

/**
 * The allocation of one limit among nodes. The sum of what nodes hold never exceeds the limit.
 *
 * <p>Each node counts with the most that it may believe it holds: the maximum of what it reported,
 * of what it was granted since, and of what it uses. A node is granted no more than the other nodes
 * leave of the limit. A reduced share counts in full until the node has reported that it knows of
 * the reduction and uses no more.
 */
@Pure
final class LimitAllocation {
  private static final class Claim {
    private Need need;
    private double given;

    double counted() {
      return Math.max(given, Math.max(need.held(), need.inUse()));
    }
  }

  private final Map<String, Claim> claims = new HashMap<>();

  /** Stores a node's report. It settles what the node was granted before. */
  void hear(String node, Need need) {
    Claim claim = claims.computeIfAbsent(node, n -> new Claim());
    claim.need = need;
    claim.given = 0;
  }

  void give(String node, double share) {
    claims.get(node).given = share;
  }

  void forget(String node) {
    claims.remove(node);
  }

  /**
   * Returns the lowest limit that any node reported. Nodes report different limits while the limit
   * is being changed.
   */
  double limit() {
    return claims.values().stream().mapToDouble(claim -> claim.need.limit()).min().orElse(0);
  }

  /** Returns the part of the limit that the other nodes leave. */
  double roomFor(String node) {
    double others = 0;
    for (Map.Entry<String, Claim> entry : claims.entrySet()) {
      if (!entry.getKey().equals(node)) {
        others += entry.getValue().counted();
      }
    }
    return Math.max(0, limit() - others);
  }

  double counted(String node) {
    return claims.get(node).counted();
  }

  /** Returns the amount that each node wants, at least the minimum and at most the limit. */
  Map<String, Double> wishes(double minimum) {
    double limit = limit();
    Map<String, Double> wishes = new HashMap<>();
    claims.forEach(
        (node, claim) -> wishes.put(node, Math.min(limit, Math.max(minimum, claim.need.wanted()))));
    return wishes;
  }

  int nodes() {
    return claims.size();
  }

  /**
   * Returns the level of max-min fairness: each node gets the smaller of its wish and this level.
   * Infinite if the limit suffices for all wishes.
   */
  static double level(double limit, Collection<Double> wishes) {
    double left = limit;
    int unserved = wishes.size();
    for (double wish : wishes.stream().sorted().toList()) {
      double level = left / unserved;
      if (wish > level) {
        return level;
      }
      left -= wish;
      unserved--;
    }
    return Double.POSITIVE_INFINITY;
  }
}
