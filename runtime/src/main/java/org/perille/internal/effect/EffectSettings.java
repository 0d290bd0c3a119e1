package org.perille.internal.effect;

import java.time.Duration;

/**
 * What the keys of a worker must know of the configuration.
 *
 * @param maxActiveKeys kept in memory, at the most, but for those that are being handled
 * @param passivateAfter how long a key that handles nothing is kept in memory
 * @param snapshotEvents events after which a key's state is stored
 */
public record EffectSettings(
    int maxActiveKeys,
    Duration passivateAfter,
    int snapshotEvents,
    String journalPluginId,
    String snapshotPluginId) {}
