package org.perille.internal.limit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.limit.LeaseReport.Need;

/**
 * Divides the limits of one subscription among the nodes that work for it.
 *
 * <p>Invariant: the sum of the shares that nodes hold is at most the limit. {@code
 * docs/reference/protocol.md} has the rules and the proof.
 *
 * <p>A coordinator starts without state. The shares that its predecessor may have granted expire
 * after {@link #VALIDITY}. Until then it grants nothing new and renews only the shares that nodes
 * report. These reports are safe: the nodes held the shares when they asked, together no more than
 * the limit. A node drops the answer if it doesn't hold the share any more ({@link Lease}).
 *
 * <p>Cluster Sharding runs one coordinator at a time. The exception is a coordinator whose process
 * was paused, and which wakes up after it was replaced. Therefore a coordinator that has received
 * nothing for {@link #VALIDITY} starts over without state. Before it may grant anything it finds
 * that it can't reach the others: it grants nothing new while some node is unreachable.
 */
@Pure
public final class LimitAllocations {
  /**
   * The validity of a share. It tolerates a few lost messages, and bounds the time for which a dead
   * node blocks its share.
   */
  static final Duration VALIDITY = Duration.ofSeconds(5);

  static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(1);

  /** The interval between reports while a share is about to change. */
  static final Duration ASK_SOON_AFTER = Duration.ofMillis(250);

  /**
   * The time for which a node keeps an indivisible permit. Moving the permit takes about a quarter
   * of it.
   */
  private static final Duration TURN = Duration.ofSeconds(2);

  /**
   * The validity of a share at the coordinator. It is longer than at the node, in case clocks run
   * at different speeds.
   */
  private static final Duration KEPT = VALIDITY.plusMillis(500);

  /**
   * The fraction of its equal part of a rate that an idle node keeps. With it the node can start at
   * once.
   */
  private static final double IDLE_PART = 0.1;

  /**
   * The tolerance for rates. They follow the load and are never exact; a smaller deviation doesn't
   * shorten the report interval.
   */
  private static final double ABOUT = 0.9;

  private record Heard(long number, long atNanos) {}

  private final Map<String, Heard> nodes = new HashMap<>();
  private final LimitAllocation permits = new LimitAllocation();
  private final LimitAllocation rates = new LimitAllocation();
  private final Rotation rotation = new Rotation(TURN.toNanos());
  private long emptySinceNanos;
  private long lastHeardNanos;

  public LimitAllocations(long nowNanos) {
    this.emptySinceNanos = nowNanos;
    this.lastHeardNanos = nowNanos;
  }

  /**
   * Returns the answer to a node's report.
   *
   * @param mayGive whether shares may grow; if not, all nodes keep what they have
   * @return empty if a later report of the node was answered already
   */
  public Optional<LeaseGranted> answer(LeaseReport report, boolean mayGive, long nowNanos) {
    forgetWhatIsOver(nowNanos);
    String node = report.node();
    Heard before = nodes.get(node);
    if (before != null && report.number() <= before.number()) {
      return Optional.empty();
    }
    nodes.put(node, new Heard(report.number(), nowNanos));
    boolean frozen = !mayGive || nowNanos - emptySinceNanos < KEPT.toNanos();
    Optional<Given> permit =
        report.permits().map(need -> givePermits(node, need, frozen, nowNanos));
    Optional<Given> rate = report.rate().map(need -> giveRate(node, need, frozen));
    boolean soon =
        permit.filter(given -> given.isAboutToChange(1)).isPresent()
            || rate.filter(given -> given.isAboutToChange(ABOUT)).isPresent();
    return Optional.of(
        new LeaseGranted(
            report.number(),
            permit.map(given -> (int) given.share).orElse(0),
            rate.map(given -> given.share).orElse(0.0),
            VALIDITY,
            soon ? ASK_SOON_AFTER : ASK_AGAIN_AFTER));
  }

  private record Given(double held, double share, double target) {
    boolean isAboutToChange(double tolerance) {
      return share < tolerance * target || share < tolerance * held;
    }
  }

  private void forgetWhatIsOver(long nowNanos) {
    List<String> over = new ArrayList<>();
    boolean mayHaveBeenReplaced = nowNanos - lastHeardNanos > VALIDITY.toNanos();
    if (mayHaveBeenReplaced) {
      emptySinceNanos = nowNanos;
      over.addAll(nodes.keySet());
    } else {
      nodes.forEach(
          (node, heard) -> {
            if (nowNanos - heard.atNanos() > KEPT.toNanos()) {
              over.add(node);
            }
          });
    }
    lastHeardNanos = nowNanos;
    over.forEach(this::forget);
  }

  private void forget(String node) {
    nodes.remove(node);
    permits.forget(node);
    rates.forget(node);
    rotation.forget(node);
  }

  private Given givePermits(String node, Need need, boolean frozen, long nowNanos) {
    permits.hear(node, need);
    double target = permitsFor(node, nowNanos);
    return give(permits, node, need, target, frozen);
  }

  private double permitsFor(String node, long nowNanos) {
    double limit = permits.limit();
    Map<String, Double> wishes = permits.wishes(limit >= permits.nodes() ? 1 : 0);
    double level = Math.floor(LimitAllocation.level(limit, wishes.values()));
    double wished = wishes.get(node);
    rotation.note(node, permits.counted(node) > level, nowNanos);
    double divided = wishes.values().stream().mapToDouble(wish -> Math.min(wish, level)).sum();
    if (level == Double.POSITIVE_INFINITY) {
      return wished + Math.floor((limit - divided) / wishes.size());
    }
    List<String> unserved =
        rotation.inOrder(
            wishes.keySet().stream().filter(other -> wishes.get(other) > level).toList(), nowNanos);
    int turn = unserved.indexOf(node);
    return Math.min(wished, level) + (turn >= 0 && turn < limit - divided ? 1 : 0);
  }

  private Given giveRate(String node, Need need, boolean frozen) {
    rates.hear(node, need);
    double limit = rates.limit();
    Map<String, Double> wishes = rates.wishes(IDLE_PART * limit / rates.nodes());
    double level = LimitAllocation.level(limit, wishes.values());
    double spare =
        level == Double.POSITIVE_INFINITY
            ? limit - wishes.values().stream().mapToDouble(Double::doubleValue).sum()
            : 0;
    double target = Math.min(wishes.get(node), level) + spare / wishes.size();
    return give(rates, node, need, target, frozen);
  }

  private static Given give(
      LimitAllocation allocation, String node, Need need, double target, boolean frozen) {
    double share = Math.min(frozen ? need.held() : target, allocation.roomFor(node));
    allocation.give(node, share);
    return new Given(need.held(), share, target);
  }
}
