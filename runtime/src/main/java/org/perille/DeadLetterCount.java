package org.perille;

/**
 * The number of dead letters with the same reason, failure and error.
 *
 * @param error the class of the last error, or empty if there was none
 */
public record DeadLetterCount(
    DeadLetter.Reason reason, DeadLetter.Failure failure, String error, long count) {}
