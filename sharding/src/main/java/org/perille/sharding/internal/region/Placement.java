package org.perille.sharding.internal.region;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.perille.internal.Pure;

/**
 * Decides when the shards of one type must be placed anew, because some of them are on no node.
 *
 * <p>A shard is missing for a while when it moves or its node has died. So it counts only if it was
 * missing in several checks in a row. Checks count, not time: a suspended process checks only once.
 */
@Pure
final class Placement {
  /** The number of checks in a row after which a missing shard isn't on its way any more. */
  static final int CHECKS = 4;

  /** The largest multiple of {@link #CHECKS} between two attempts. */
  private static final int MAX_FACTOR = 8;

  /** The largest number of checks between two attempts. */
  static final int MAX_CHECKS = CHECKS * MAX_FACTOR;

  /**
   * The result of a check.
   *
   * @param missing the shards that are on no node, perhaps on their way
   * @param lost those that have been missing for too long. A new coordinator may place them.
   */
  record Finding(Set<String> missing, Set<String> lost) {}

  private final Map<String, Integer> missedChecks = new HashMap<>();
  private int factor = 1;

  /** Forgets previous checks, because shards may be missing now for a known reason. */
  void forget() {
    missedChecks.clear();
  }

  /** Returns the finding of a check that found some shards, of those that are required. */
  Finding on(Set<String> required, Set<String> found) {
    Set<String> missing = new TreeSet<>(required);
    missing.removeAll(found);
    missedChecks.keySet().retainAll(missing);
    missing.forEach(shard -> missedChecks.merge(shard, 1, Integer::sum));
    if (missing.isEmpty()) {
      factor = 1;
    }
    Set<String> lost = new TreeSet<>(missing);
    lost.removeIf(shard -> missedChecks.get(shard) < CHECKS * factor);
    if (!lost.isEmpty()) {
      missedChecks.clear();
      factor = Math.min(2 * factor, MAX_FACTOR);
    }
    return new Finding(missing, lost);
  }
}
