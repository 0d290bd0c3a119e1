package org.perille.internal.limit;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.perille.CircuitBreaker;
import org.perille.Limits;
import org.perille.PerilleListener.BreakerState;
import org.perille.internal.Pure;
import org.perille.internal.limit.LeaseReport.Need;

/**
 * Decides how much may begin on a node. It applies the node's limits, its share of the cluster's
 * limits, and a circuit breaker.
 */
@Pure
final class Throttle {
  /** The obstacles to a new run, in the order in which they are checked. */
  private enum Obstacle {
    NONE,
    BREAKER,
    NODE_PERMITS,
    NODE_RATE,
    SHARE_OF_PERMITS,
    SHARE_OF_RATE
  }

  private static final double NANOS_PER_SECOND = 1e9;

  private final Limits limits;
  private final Optional<Breaker> breaker;
  private final Optional<TokenBucket> nodeTokens;
  private final Optional<TokenBucket> shareTokens;
  private final Lease lease = new Lease();
  private int inUse;

  private int busiest;
  private long begun;
  private boolean lackedPermits;
  private boolean lackedTokens;
  private double rateWanted;
  private long reportedAtNanos;

  Throttle(Limits limits, Optional<CircuitBreaker> breaker, long nowNanos) {
    this.limits = limits;
    this.breaker = breaker.map(Breaker::new);
    this.nodeTokens = box(limits.ratePerNode()).map(rate -> TokenBucket.full(rate, nowNanos));
    this.shareTokens = box(limits.rateInCluster()).map(rate -> TokenBucket.dry(nowNanos));
    this.reportedAtNanos = nowNanos;
  }

  private static Optional<Double> box(OptionalDouble value) {
    return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
  }

  /** Returns the number of messages that may begin, if a run may begin. */
  int messages(long nowNanos) {
    nodeTokens.ifPresent(bucket -> bucket.fill(nowNanos));
    shareTokens.ifPresent(bucket -> bucket.fill(lease.noLaterThanItsEnd(nowNanos)));
    int messages = breaker.map(b -> b.room(nowNanos)).orElse(Integer.MAX_VALUE);
    messages = Math.min(messages, nodeTokens.map(TokenBucket::available).orElse(messages));
    return shareTokens.isEmpty()
        ? messages
        : Math.min(messages, lease.isValid(nowNanos) ? shareTokens.get().available() : 0);
  }

  /** Returns the number of runs that may begin. */
  int runs(long nowNanos) {
    int permits = Math.min(nodePermits(), sharedPermits(nowNanos)) - inUse;
    return permits <= 0 ? 0 : Math.min(permits, messages(nowNanos));
  }

  private int nodePermits() {
    return limits.concurrencyPerNode().orElse(Integer.MAX_VALUE);
  }

  private int sharedPermits(long nowNanos) {
    return limits.concurrencyInCluster().isPresent() ? permitsHeld(nowNanos) : Integer.MAX_VALUE;
  }

  /** Returns the number of runs under way. */
  int inUse() {
    return inUse;
  }

  /** Returns the number of runs that may be under way; empty if nothing limits it. */
  OptionalInt permits(long nowNanos) {
    int permits = Math.min(nodePermits(), sharedPermits(nowNanos));
    return permits == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(permits);
  }

  /** Returns the messages per second that may begin; empty if nothing limits it. */
  OptionalDouble rate(long nowNanos) {
    double rate =
        Math.min(
            limits.ratePerNode().orElse(Double.POSITIVE_INFINITY),
            limits.rateInCluster().isPresent() ? rateHeld(nowNanos) : Double.POSITIVE_INFINITY);
    return Double.isInfinite(rate) ? OptionalDouble.empty() : OptionalDouble.of(rate);
  }

  /** Returns the state of the circuit breaker, if there is one. */
  Optional<BreakerState> breakerState() {
    return breaker.map(Breaker::state);
  }

  int permitsHeld(long nowNanos) {
    return lease.permits(nowNanos);
  }

  double rateHeld(long nowNanos) {
    return lease.rate(nowNanos);
  }

  /** Begins a run and returns the ticket for its {@link #end}. */
  long begin(int messages, long nowNanos) {
    long ticket = breaker.map(b -> b.begin(nowNanos)).orElse(0L);
    nodeTokens.ifPresent(bucket -> bucket.take(messages));
    shareTokens.ifPresent(bucket -> bucket.take(messages));
    inUse++;
    busiest = Math.max(busiest, inUse);
    begun += messages;
    return ticket;
  }

  Breaker.Change end(long ticket, int unused, int succeeded, int failed, long nowNanos) {
    inUse--;
    begun -= unused;
    nodeTokens.ifPresent(bucket -> bucket.giveBack(unused));
    shareTokens.ifPresent(bucket -> bucket.giveBack(unused));
    return breaker.map(b -> b.end(ticket, succeeded, failed, nowNanos)).orElse(Breaker.Change.NONE);
  }

  /**
   * Returns the time until a run may begin; {@link Long#MAX_VALUE} if it doesn't depend on time.
   */
  long nanosUntilRun(long nowNanos) {
    long nanos = 0;
    for (Obstacle obstacle : Obstacle.values()) {
      if (stands(obstacle, nowNanos)) {
        nanos = Math.max(nanos, nanosUntilGone(obstacle, nowNanos));
      }
    }
    return nanos;
  }

  private long nanosUntilGone(Obstacle obstacle, long nowNanos) {
    return switch (obstacle) {
      case NONE -> 0;
      case BREAKER -> breaker.orElseThrow().nanosUntilRoom(nowNanos);
      case NODE_RATE -> nodeTokens.orElseThrow().nanosUntilToken();
      case NODE_PERMITS, SHARE_OF_PERMITS -> Long.MAX_VALUE;
      case SHARE_OF_RATE ->
          lease.rate(nowNanos) > 0 ? shareTokens.orElseThrow().nanosUntilToken() : Long.MAX_VALUE;
    };
  }

  private Obstacle obstacle(long nowNanos) {
    messages(nowNanos);
    for (Obstacle obstacle : Obstacle.values()) {
      if (stands(obstacle, nowNanos)) {
        return obstacle;
      }
    }
    return Obstacle.NONE;
  }

  private boolean stands(Obstacle obstacle, long nowNanos) {
    return switch (obstacle) {
      case NONE -> false;
      case BREAKER -> breaker.filter(b -> b.room(nowNanos) == 0).isPresent();
      case NODE_PERMITS -> inUse >= nodePermits();
      case NODE_RATE -> nodeTokens.filter(bucket -> bucket.available() == 0).isPresent();
      case SHARE_OF_PERMITS -> inUse >= sharedPermits(nowNanos);
      case SHARE_OF_RATE ->
          shareTokens
              .filter(bucket -> !lease.isValid(nowNanos) || bucket.available() == 0)
              .isPresent();
    };
  }

  /**
   * Stores which share was too small, so that the next report asks for more. Other obstacles are
   * ignored, since only a share can grow.
   */
  void noteRefusal(long nowNanos) {
    messages(nowNanos);
    if (stands(Obstacle.BREAKER, nowNanos)
        || stands(Obstacle.NODE_PERMITS, nowNanos)
        || stands(Obstacle.NODE_RATE, nowNanos)) {
      return;
    }
    lackedPermits |= stands(Obstacle.SHARE_OF_PERMITS, nowNanos);
    lackedTokens |= stands(Obstacle.SHARE_OF_RATE, nowNanos);
  }

  boolean take(LeaseGranted answer, long nowNanos) {
    messages(nowNanos);
    boolean taken = lease.take(answer, nowNanos);
    if (taken) {
      shareTokens.ifPresent(bucket -> bucket.changeRate(lease.rate(nowNanos), nowNanos));
    }
    return taken;
  }

  /**
   * Returns the next report to the coordinator.
   *
   * @param node the address and epoch of this node
   * @param waiting whether a worker waits
   */
  LeaseReport report(String node, boolean waiting, long nowNanos) {
    if (waiting) {
      noteRefusal(nowNanos);
    }
    // A slow rate may have no message in an interval, so the wanted rate decays slowly.
    rateWanted =
        Math.max(
            rateWanted / 2, begun * NANOS_PER_SECOND / Math.max(1, nowNanos - reportedAtNanos));
    LeaseReport report =
        new LeaseReport(
            node,
            lease.ask(nowNanos),
            limits.concurrencyInCluster().isPresent()
                ? Optional.of(permitsNeeded(limits.concurrencyInCluster().getAsInt(), nowNanos))
                : Optional.empty(),
            box(limits.rateInCluster()).map(limit -> rateNeeded(limit, nowNanos)));
    busiest = inUse;
    begun = 0;
    lackedPermits = false;
    lackedTokens = false;
    reportedAtNanos = nowNanos;
    return report;
  }

  private Need permitsNeeded(int limit, long nowNanos) {
    return new Need(
        limit,
        lease.permits(nowNanos),
        inUse,
        lackedPermits ? Math.min(limit, nodePermits()) : busiest);
  }

  private Need rateNeeded(double limit, long nowNanos) {
    if (lackedTokens) {
      rateWanted =
          limits.ratePerNode().isPresent()
              ? Math.min(limit, limits.ratePerNode().getAsDouble())
              : limit;
    }
    return new Need(limit, lease.rate(nowNanos), 0, rateWanted);
  }

  /** Returns the reason for which nothing may begin, human-readable; empty if a run may begin. */
  String describe(long nowNanos) {
    return switch (obstacle(nowNanos)) {
      case NONE -> "";
      case BREAKER -> breaker.orElseThrow().describe(nowNanos);
      case NODE_PERMITS ->
          "the limit of concurrent handlers on this node is reached: " + nodePermits();
      case NODE_RATE ->
          "its rate on this node is used up: %s messages per second"
              .formatted(limits.ratePerNode().getAsDouble());
      case SHARE_OF_PERMITS ->
          "this node's share of the concurrent handlers is in use: %d of %d in the cluster"
              .formatted(sharedPermits(nowNanos), limits.concurrencyInCluster().getAsInt());
      case SHARE_OF_RATE ->
          "this node's share of the rate is used up: %.3f of %s messages per second in the cluster"
              .formatted(lease.rate(nowNanos), limits.rateInCluster().getAsDouble());
    };
  }
}
