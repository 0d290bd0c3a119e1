package org.perille.internal.log;

/**
 * Marks a clock that is never wrong: whatever it goes forwards has passed, also between two owners
 * of a partition. A test has one, whose time passes in large steps.
 */
public interface ExactClock {}
