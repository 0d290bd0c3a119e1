package org.perille.internal.partition;

import java.time.Duration;
import org.perille.internal.feed.FeedLimits;

/**
 * What a partition must know of the configuration and its surroundings.
 *
 * @param tailBytes how much of the recent log is kept in memory at the most
 * @param tailAge how much older than the newest batch what is kept may be
 * @param snapshotBytes how much is appended before a snapshot is taken
 * @param snapshotEvents how many events are appended before a snapshot is taken at the latest
 * @param placeCheckInterval how often one that appends nothing looks whether it was replaced
 * @param node the address of this node, for people
 */
public record PartitionSettings(
    PartitionLog.Limits limits,
    FeedLimits feed,
    long tailBytes,
    Duration tailAge,
    long snapshotBytes,
    int snapshotEvents,
    Duration placeCheckInterval,
    String journalPluginId,
    String snapshotPluginId,
    String node) {}
