package org.perille.internal.limit;

import java.util.Optional;

/**
 * Limits what a subscription may begin on this node: by rate, by concurrency, and with a circuit
 * breaker.
 *
 * <p>All workers of a subscription on a node share one limiter. Safe for use by any number of
 * threads.
 */
public interface Limiter {
  /** A limiter that permits everything. */
  Limiter OPEN = (messages, whenWorthAsking) -> Optional.of(new Unlimited(messages));

  /** A permit that isn't counted. */
  record Unlimited(int messages) implements Permit {
    @Override
    public void leave(int unused, int succeeded, int failed) {}
  }

  /**
   * A permit to handle messages, one after the other. Its owner must call {@link #leave} exactly
   * once.
   */
  interface Permit {
    /** Returns the number of messages that may begin, at least 1. */
    int messages();

    /**
     * Returns the permit.
     *
     * @param unused messages that were permitted and not begun
     * @param succeeded attempts that succeeded
     * @param failed attempts whose failure counts for a circuit breaker; nacks and expired messages
     *     don't count
     */
    void leave(int unused, int succeeded, int failed);
  }

  /**
   * Requests a permit.
   *
   * @param messages the wanted number, at least 1
   * @param whenWorthAsking called once if nothing is permitted, on another thread and at any later
   *     time. It must be quick. It identifies the worker: a worker that passes another object loses
   *     its place in the queue
   * @return a permit; empty if nothing may begin
   */
  Optional<Permit> enter(int messages, Runnable whenWorthAsking);

  /** Returns the reason for which nothing may begin, human-readable; empty if something may. */
  default String describe() {
    return "";
  }
}
