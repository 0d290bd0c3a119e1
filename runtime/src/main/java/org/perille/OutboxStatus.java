package org.perille;

import java.time.Duration;
import java.util.Optional;

/**
 * The state of an outbox.
 *
 * <p><b>Threading</b>: immutable.
 */
public sealed interface OutboxStatus permits OutboxStatusValue {
  /**
   * Returns the number of committed rows that the relay hasn't finished, without those behind dead
   * letters.
   */
  long waiting();

  /**
   * Returns the age of the oldest of these rows, by the database's clock; zero if there is none.
   */
  Duration age();

  /** Returns the number of dead letters. */
  long deadLetters();

  /** Returns the number of rows that wait behind dead letters of their keys. */
  long parked();

  /** Returns the address of the node whose relay has taken over last, if one has ever. */
  Optional<String> node();

  /** Returns a status, for tests. */
  static OutboxStatus of(
      long waiting, Duration age, long deadLetters, long parked, Optional<String> node) {
    return new OutboxStatusValue(waiting, age, deadLetters, parked, node);
  }
}
