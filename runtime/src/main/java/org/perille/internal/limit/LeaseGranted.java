package org.perille.internal.limit;

import java.time.Duration;
import org.perille.internal.PerilleSerializable;

/**
 * The coordinator's answer to a {@link LeaseRequest}: the node's share of the limits.
 *
 * @param number of the report that it answers
 * @param permits concurrent runs; 0 if the cluster doesn't limit them
 * @param rate messages per second; 0 if the cluster doesn't limit it
 * @param validFor period of validity, from the time when the node asked
 * @param askAgainAfter time after which the node should ask again
 */
public record LeaseGranted(
    long number, int permits, double rate, Duration validFor, Duration askAgainAfter)
    implements PerilleSerializable {}
