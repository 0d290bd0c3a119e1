package org.perille.internal.log;

/**
 * The durably finished offsets of a worker that publishes.
 *
 * <p>None of its messages for these offsets will ever be sent again.
 *
 * @param lane the producer; see {@link Origin}
 * @param incarnation the epoch of the reporting worker
 */
public record LaneReport(String lane, long incarnation, OffsetSet finished) {}
