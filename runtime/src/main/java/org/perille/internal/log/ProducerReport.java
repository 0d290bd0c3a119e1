package org.perille.internal.log;

/**
 * The durably finished offsets of a worker that publishes.
 *
 * <p>None of its messages for these offsets will ever be sent again.
 *
 * @param producer the producer; see {@link Origin}
 * @param epoch the epoch of the reporting worker
 */
public record ProducerReport(String producer, long epoch, OffsetSet finished) {}
