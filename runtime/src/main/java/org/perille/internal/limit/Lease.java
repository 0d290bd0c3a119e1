package org.perille.internal.limit;

import org.perille.internal.Pure;

/**
 * A node's share of the limits of the cluster, and the time for which it is valid.
 *
 * <p>Two rules make it safe, whatever is lost, late, or sent by a coordinator that has been
 * replaced:
 *
 * <ul>
 *   <li>A share is valid from <em>before</em> the node asked for it. So it expires at the node
 *       before it expires at the coordinator.
 *   <li>An answer counts only if it belongs to the latest report, and if what the node stated in
 *       that report is still true. A new coordinator has no other knowledge than these reports.
 * </ul>
 */
@Pure
final class Lease {
  private long number;
  private long askedAtNanos;
  private boolean heldWhenAsked;
  private boolean answered = true;

  private boolean everGiven;
  private int permits;
  private double rate;
  private long validUntilNanos;

  /**
   * Begins a report: returns its number, and stores its time. Answers to earlier reports are void.
   */
  long ask(long nowNanos) {
    heldWhenAsked = holdsAny(nowNanos);
    askedAtNanos = nowNanos;
    answered = false;
    return ++number;
  }

  /** Stores the share of an answer; returns false if the answer is void. */
  boolean take(LeaseGranted answer, long nowNanos) {
    if (answered || answer.number() != number || (heldWhenAsked && !holdsAny(nowNanos))) {
      return false;
    }
    answered = true;
    everGiven = true;
    permits = answer.permits();
    rate = answer.rate();
    validUntilNanos = askedAtNanos + answer.validFor().toNanos();
    return true;
  }

  int permits(long nowNanos) {
    return isValid(nowNanos) ? permits : 0;
  }

  double rate(long nowNanos) {
    return isValid(nowNanos) ? rate : 0;
  }

  /** Returns the current time, or the end of the lease if that was earlier. */
  long noLaterThanItsEnd(long nowNanos) {
    return everGiven && !isValid(nowNanos) ? validUntilNanos : nowNanos;
  }

  boolean isValid(long nowNanos) {
    return everGiven && validUntilNanos - nowNanos > 0;
  }

  private boolean holdsAny(long nowNanos) {
    return permits(nowNanos) > 0 || rate(nowNanos) > 0;
  }
}
