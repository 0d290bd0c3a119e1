package org.perille;

/** How often a message reaches a subscription's handler, or its effect happens. */
public enum Guarantee {
  /** The cursor is durable before the handler runs: may lose what was in flight, never repeats. */
  AT_MOST_ONCE,
  /** The handler ends before the cursor is durable: never loses, may repeat what was in flight. */
  AT_LEAST_ONCE,
  /** Effect and cursor are one atomic write: never loses, and no effect happens twice. */
  EFFECTIVELY_ONCE,
  /** Nothing is durable: every node sees what is published while it is there, once. */
  EPHEMERAL
}
