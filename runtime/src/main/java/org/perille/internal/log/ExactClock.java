package org.perille.internal.log;

/**
 * Marks a clock that is never wrong: each step forward is elapsed time, also between two owners.
 *
 * <p>A test has such a clock, whose time passes in large steps.
 */
public interface ExactClock {}
