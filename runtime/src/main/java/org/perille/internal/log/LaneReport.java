package org.perille.internal.log;

/**
 * What a worker that publishes has durably finished: none of its messages for these offsets will
 * ever come again.
 *
 * @param lane as in {@link Origin}
 * @param incarnation of the worker that says so
 */
public record LaneReport(String lane, long incarnation, OffsetSet finished) {}
