package org.perille.internal.log;

/** A message at its position in a partition's log. */
public record LogEntry(long offset, long timestampMillis, LogMessage message) {}
