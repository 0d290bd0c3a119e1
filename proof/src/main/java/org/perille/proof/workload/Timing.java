package org.perille.proof.workload;

import java.time.Duration;

/**
 * How fast things go in a run: one of an hour can wait longer than one of seconds.
 *
 * @param deadline of handlers whose effect is nothing but what they have seen
 * @param transactionDeadline of handlers whose effect is durable
 * @param firstRetry after how long a failed message is tried again at first
 * @param lastRetry after how long it is in the end
 * @param hang how long a handler hangs
 * @param operatorPause how long the operator looks away
 * @param oneClock whether all nodes have one clock, and nobody sets it
 * @param timeout the longest time after the final heal within which everything must be handled
 */
public record Timing(
    Duration deadline,
    Duration transactionDeadline,
    Duration firstRetry,
    Duration lastRetry,
    Duration hang,
    Duration operatorPause,
    boolean oneClock,
    Duration timeout) {}
