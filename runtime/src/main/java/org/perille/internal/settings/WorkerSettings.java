package org.perille.internal.settings;

import java.time.Duration;
import org.perille.internal.compression.Decompressor;

/**
 * The settings of a worker.
 *
 * @param maxInFlightMessages limit of messages that are received and not finished; at the limit the
 *     worker requests no more
 * @param maxInFlightBytes the same limit in bytes
 * @param maxDeferredMessages limit of deferred messages; at the limit the worker requests no more
 * @param maxDeadLetters limit of dead letters; at the limit further messages are retried
 * @param cursorInterval how long a finished message may wait before its cursor becomes durable
 * @param stopTimeout how long a stopping worker waits for running handlers
 * @param hangingAfter how long a call of the handler may run before a warning
 * @param window the number of batches that may be on the way to the worker
 * @param decompressor decompresses the messages that the worker receives
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
    Decompressor decompressor,
    String journalPluginId,
    String snapshotPluginId,
    String node) {}
