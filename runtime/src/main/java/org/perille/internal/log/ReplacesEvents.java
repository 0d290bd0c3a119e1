package org.perille.internal.log;

/**
 * Marks a snapshot of an actor whose events are of no use behind it. The storage deletes them once
 * there are two snapshots: the earlier one and all events since stay.
 */
public interface ReplacesEvents {}
