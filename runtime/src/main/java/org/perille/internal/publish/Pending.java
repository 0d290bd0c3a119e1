package org.perille.internal.publish;

import org.perille.internal.log.LogMessage;

/**
 * A message that waits to become durable.
 *
 * @param deadlineNanos when its publisher no longer waits, by {@link System#nanoTime()}
 * @param promise what tells the publisher
 */
public record Pending<P>(LogMessage message, long deadlineNanos, P promise) {}
