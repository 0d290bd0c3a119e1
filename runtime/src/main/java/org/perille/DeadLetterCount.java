package org.perille;

/**
 * How many dead letters have this in common.
 *
 * @param error the class of the last error, or empty if there was none
 */
public record DeadLetterCount(
    DeadLetter.Reason reason, DeadLetter.Failure failure, String error, long count) {}
