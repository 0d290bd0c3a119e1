package org.perille.internal.log;

/**
 * Marks a snapshot of an actor whose earlier events are no longer needed.
 *
 * <p>The storage deletes them once there are two snapshots. The earlier one and all events since
 * remain.
 */
public interface ReplacesEvents {}
