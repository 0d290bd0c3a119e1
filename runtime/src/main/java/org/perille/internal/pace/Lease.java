package org.perille.internal.pace;

/**
 * What a node holds of the limits that it shares with others, as it was told, and for how long.
 *
 * <p>Two rules make it safe, whatever is lost, late, or sent by a coordinator that has been
 * replaced. A share is valid from <em>before</em> it was asked for, so that it is over here before
 * it is over for whoever gave it. And an answer counts only if it answers the latest question, and
 * what the node said in that question still holds: a new coordinator, who knows nothing, has
 * believed it.
 */
final class Lease {
  private long number;
  private long askedAtNanos;
  private boolean heldWhenAsked;
  private boolean answered = true;

  private boolean everGiven;
  private int permits;
  private double rate;
  private long validUntilNanos;

  /** Numbers a question and remembers when it was asked; answers to earlier ones are void. */
  long ask(long nowNanos) {
    heldWhenAsked = holdsAny(nowNanos);
    askedAtNanos = nowNanos;
    answered = false;
    return ++number;
  }

  /** Takes an answer if it counts. */
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

  /** Now, or when the lease ended if that was before. */
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
