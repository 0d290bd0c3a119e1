package org.perille.internal.feed;

/** The limits of a batch of a feed. */
public record FeedLimits(int maxMessages, int maxBytes) {}
