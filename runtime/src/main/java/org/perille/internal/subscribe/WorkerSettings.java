package org.perille.internal.subscribe;

import java.time.Duration;
import org.perille.internal.effect.EffectSettings;

/**
 * What a worker must know of the configuration and its surroundings.
 *
 * @param maxInFlightMessages when so many messages are received and not finished, no more are asked
 *     for
 * @param maxInFlightBytes the same, in bytes
 * @param maxDeferredMessages when so many messages are deferred, no more are asked for
 * @param maxDeadLetters dead letters that are kept; beyond, messages are tried again
 * @param cursorInterval how long a finished message may wait before its cursor becomes durable
 * @param stopTimeout how long running handlers are waited for when the worker stops
 * @param hangingAfter how long a call of the handler may run before it is warned of
 * @param window batches that may be on the way to the worker
 * @param node the address of this node, human-readable
 */
public record WorkerSettings(
    int maxInFlightMessages,
    long maxInFlightBytes,
    int maxDeferredMessages,
    int maxDeadLetters,
    Duration cursorInterval,
    Duration stopTimeout,
    Duration hangingAfter,
    int window,
    EffectSettings effects,
    String journalPluginId,
    String snapshotPluginId,
    String node) {}
