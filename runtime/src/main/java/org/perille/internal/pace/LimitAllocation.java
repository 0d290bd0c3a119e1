package org.perille.internal.pace;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.perille.internal.pace.LeaseReport.Need;

/**
 * One limit, and what each node may have of it.
 *
 * <p>What counts for a node is the most that it may believe it holds: what it said, what it was
 * answered since, and what it uses. A node is given no more than the others leave of the limit, so
 * the sum of what nodes hold is never above it. A share that was made smaller counts in full until
 * the node has said that it knows, and uses no more.
 */
final class LimitAllocation {
  private static final class Claim {
    private Need need;
    private double given;

    double counted() {
      return Math.max(given, Math.max(need.held(), need.inUse()));
    }
  }

  private final Map<String, Claim> claims = new HashMap<>();

  /** Takes in what a node says, which settles what it was answered before. */
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

  /** The lowest that any node knows: while a limit is being changed they differ. */
  double limit() {
    return claims.values().stream().mapToDouble(claim -> claim.need.limit()).min().orElse(0);
  }

  /** What the other nodes leave. */
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

  /** What each node wants, between a minimum and the limit. */
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
   * The level to which wishes are fulfilled when they are more than the limit, so that whoever
   * wants less than that gets all of it; infinite if there is enough for all (max-min fairness).
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
