package org.perille.internal.settings;

import java.time.Duration;

/**
 * The settings of a partition.
 *
 * @param tailBytes the limit of the recent log in memory
 * @param tailAge the limit of its age, relative to the newest batch
 * @param snapshotBytes the number of appended bytes after which a snapshot is taken
 * @param snapshotEvents the limit of appended events before a snapshot
 * @param fencingCheckInterval the interval in which an idle partition checks whether it was
 *     replaced
 * @param node the address of this node, human-readable
 */
public record PartitionSettings(
    LogLimits limits,
    FeedLimits feed,
    long tailBytes,
    Duration tailAge,
    long snapshotBytes,
    int snapshotEvents,
    Duration fencingCheckInterval,
    String journalPluginId,
    String snapshotPluginId,
    String node) {}
