package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.perille.internal.Pure;
import org.perille.spi.LeaseTable.Lease;

/**
 * Decides whether a node may take a lease, from what it has read of it one time after the other.
 *
 * <p>A holder is alive if the version rises. Only this node's own clock measures for how long it
 * doesn't, so that clocks of other machines don't matter.
 */
@Pure
final class LeaseWatch {
  /** The next step of the node. */
  sealed interface Decision {
    /** Take the lease in this version. */
    record Take(long version) implements Decision {}

    /** The lease is held by a node that is alive, and on the other side. */
    record Refused(String holder) implements Decision {}

    /** Read the lease again. */
    record Wait() implements Decision {}
  }

  private final String self;
  private final long timeoutNanos;
  private Optional<Lease> first = Optional.empty();
  private long firstNanos;

  /**
   * Creates a watch that hasn't read the lease.
   *
   * @param timeout the time without a change after which the holder has lost the lease
   */
  LeaseWatch(String self, Duration timeout) {
    this.self = self;
    this.timeoutNanos = timeout.toNanos();
  }

  /**
   * Decides by the lease.
   *
   * @param reachable the members that this node reaches. A holder among them is on the same side:
   *     another node of this side has decided before, and was replaced as its leader since
   * @param nowNanos the time after the lease was read, by a clock that is never set
   */
  Decision decide(Lease lease, Set<String> reachable, long nowNanos) {
    if (lease.owner().isEmpty()
        || lease.owner().equals(self)
        || reachable.contains(lease.owner())) {
      return new Decision.Take(lease.version());
    }
    if (first.isEmpty() || !first.get().owner().equals(lease.owner())) {
      first = Optional.of(lease);
      firstNanos = nowNanos;
      return new Decision.Wait();
    }
    if (lease.version() != first.get().version()) {
      return new Decision.Refused(lease.owner());
    }
    return nowNanos - firstNanos >= timeoutNanos
        ? new Decision.Take(lease.version())
        : new Decision.Wait();
  }
}
