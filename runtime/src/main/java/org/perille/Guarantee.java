package org.perille;

/** The number of times that a message reaches a subscription's handler, or has its effect. */
public enum Guarantee {
  /** The cursor is durable before the handler runs: may lose messages in flight, never repeats. */
  AT_MOST_ONCE,
  /**
   * The handler finishes before the cursor is durable: never loses, may repeat messages in flight.
   */
  AT_LEAST_ONCE,
  /** Effect and cursor are one atomic write: never loses, and no effect happens twice. */
  EFFECTIVELY_ONCE,
  /** Nothing is durable: every node handles, at most once, the messages published while it runs. */
  EPHEMERAL
}
