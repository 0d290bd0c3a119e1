package org.perille.internal.publish;

import java.time.Duration;

/**
 * What a publisher must know of the configuration.
 *
 * @param timeout how long a message may wait for its receipt
 * @param receiptTimeout after how long without a receipt a batch is sent again
 * @param bufferMessages messages that aren't durable yet, at the most
 * @param bufferBytes the same, in bytes
 * @param batchMessages messages in a batch, at the most
 * @param batchBytes bytes in a batch of more than one message
 * @param maxMessageBytes bytes of the largest message, key, headers and framing included
 * @param callbackThreads threads that complete the stages of a topic's publishers
 * @param maxDelay how far away a "not before" may be
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
