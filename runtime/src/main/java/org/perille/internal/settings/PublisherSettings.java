package org.perille.internal.settings;

import java.time.Duration;

/**
 * The settings of a publisher.
 *
 * @param timeout the limit of a message's wait for its receipt
 * @param receiptTimeout the time without a receipt after which a batch is sent again
 * @param bufferMessages the limit of messages that aren't durable yet
 * @param bufferBytes the same limit, in bytes
 * @param batchMessages the limit of messages in a batch
 * @param batchBytes the limit of bytes in a batch of more than one message
 * @param maxMessageBytes the limit of a message's bytes, including key, headers and framing
 * @param callbackThreads the limit of threads that complete the stages of a topic's publishers at
 *     the same time
 * @param maxDelay the limit of a "not before", from now
 */
public record PublisherSettings(
    Duration timeout,
    Duration receiptTimeout,
    int bufferMessages,
    long bufferBytes,
    int batchMessages,
    int batchBytes,
    int maxMessageBytes,
    int callbackThreads,
    Duration maxDelay) {}
