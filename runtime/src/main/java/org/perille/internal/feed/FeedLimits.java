package org.perille.internal.feed;

/** How large a batch of a feed may become. */
public record FeedLimits(int maxMessages, int maxBytes) {}
