package org.perille.internal.failure;

/**
 * A dead letter as the worker stores it. Immutable.
 *
 * @param givenUp the event that made it a dead letter
 * @param forwarded whether its message was published to the dead-letter topic
 */
public record DeadLetterRecord(FailureEvent.GivenUp givenUp, boolean forwarded) {
  public long offset() {
    return givenUp.position().offset();
  }
}
