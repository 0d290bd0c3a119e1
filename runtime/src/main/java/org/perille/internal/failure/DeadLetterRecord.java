package org.perille.internal.failure;

/**
 * A dead letter, as a worker keeps it. Immutable.
 *
 * @param givenUp how it became one
 * @param forwarded whether its message was published to the topic for dead letters
 */
public record DeadLetterRecord(FailureEvent.GivenUp givenUp, boolean forwarded) {
  public long offset() {
    return givenUp.position().offset();
  }
}
