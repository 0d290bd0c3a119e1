package org.perille.internal.subscribe;

import java.util.Optional;

/**
 * Says how much of a subscription may begin on this node: limits of rate and of concurrency, and a
 * circuit breaker. One for all workers of a subscription on a node. Safe for use by any number of
 * threads.
 */
public interface Limiter {
  /** Lets everything through. */
  Limiter OPEN = (messages, whenWorthAsking) -> Optional.of(new Unlimited(messages));

  /** A run that nobody counts. */
  record Unlimited(int messages) implements Permit {
    @Override
    public void leave(int unused, int succeeded, int failed) {}
  }

  /** Messages that may be handled, one after the other; whoever has got it must leave once. */
  interface Permit {
    /** How many messages may be begun, at least 1. */
    int messages();

    /**
     * Ends the run.
     *
     * @param unused messages that were given and not begun
     * @param succeeded attempts that succeeded
     * @param failed attempts that failed in a way that counts for a circuit breaker: not by a nack,
     *     and not because the message was too old
     */
    void leave(int unused, int succeeded, int failed);
  }

  /**
   * Asks to begin a run.
   *
   * @param messages wanted, at least 1
   * @param whenWorthAsking called once, on another thread and at any time later, if nothing was
   *     given; what it does must be quick. It stands for the worker that asks: the same object each
   *     time, or the worker loses its place in the line
   * @return what may be begun; empty if nothing
   */
  Optional<Permit> enter(int messages, Runnable whenWorthAsking);

  /** Why nothing can be begun now, human-readable; empty if something can. */
  default String describe() {
    return "";
  }
}
