package org.perille.internal.pace;

import java.time.Duration;

/**
 * Coordinator of a subscription's limits to a node: its share.
 *
 * @param number of the question
 * @param permits runs at once; 0 if they aren't shared
 * @param rate messages in a second; 0 if it isn't shared
 * @param validFor from when the node asked
 * @param askAgainAfter how soon it should ask again
 */
public record LeaseGranted(
    long number, int permits, double rate, Duration validFor, Duration askAgainAfter) {}
