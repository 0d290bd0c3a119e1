package org.perille.internal.subscribe;

/**
 * Says how much of a subscription may begin on this node: limits of rate and of concurrency, and a
 * circuit breaker. One for all workers of a subscription on a node. Safe for use by any number of
 * threads.
 */
public interface Gate {
  /** Lets everything through. */
  Gate OPEN =
      new Gate() {
        @Override
        public int enter(int messages, Runnable whenWorthAsking) {
          return messages;
        }

        @Override
        public void leave(int unused, int succeeded, int failed) {}
      };

  /**
   * Asks to begin a run of handlers, one after the other. Who got anything must {@link #leave}.
   *
   * @param messages wanted, at least 1
   * @param whenWorthAsking called once, on any thread and at any time later, if nothing was given;
   *     what it does must be quick
   * @return how many messages may be begun; 0 if none
   */
  int enter(int messages, Runnable whenWorthAsking);

  /**
   * Ends a run.
   *
   * @param unused messages that were given and not begun
   * @param succeeded attempts that succeeded
   * @param failed attempts that failed in a way that counts for a circuit breaker: not by a nack,
   *     and not because the message was too old
   */
  void leave(int unused, int succeeded, int failed);
}
