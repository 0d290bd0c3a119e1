package org.perille.proof.workload;

import java.time.Duration;

/**
 * The timing of a run. A run of an hour can wait longer than one of seconds.
 *
 * @param deadline the deadline of handlers whose only effect is what the witness records
 * @param transactionDeadline the deadline of handlers whose effect is durable
 * @param firstRetry the delay of the first retry
 * @param lastRetry the maximum delay of a retry
 * @param hang the time for which a handler hangs
 * @param operatorPause the pause between two checks of the operator
 * @param oneClock whether all nodes share one clock that isn't set
 * @param lateCommits whether a commit may still happen when its client has seen it fail, or is dead
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
    boolean lateCommits,
    Duration timeout) {}
