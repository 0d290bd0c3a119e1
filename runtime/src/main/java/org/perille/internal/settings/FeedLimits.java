package org.perille.internal.settings;

/** The limits of a batch of a feed. */
public record FeedLimits(int maxMessages, int maxBytes) {}
