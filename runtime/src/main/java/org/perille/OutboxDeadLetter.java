package org.perille;

import java.time.Instant;

/**
 * A row of an outbox that its relay can't publish.
 *
 * <p><b>Threading</b>: immutable.
 */
public sealed interface OutboxDeadLetter permits OutboxDeadLetterValue {
  /** Returns the id of the row in the table {@code perille_outbox}. */
  long id();

  /** Returns the number of the failure: 1, or more if the row was redriven. */
  int attempt();

  /** Returns the topic's name. */
  String topic();

  /** Returns the key, whose later messages wait. */
  String key();

  /** Returns the reason for refusing it. */
  PublishRefusedException.Reason reason();

  /** Returns the human-readable error, at most 2,000 characters. */
  String error();

  /** Returns the time of the insertion, by the database's clock. */
  Instant inserted();

  /** Returns the time of the failure, by the database's clock. */
  Instant failed();

  /** Returns a dead letter, for tests. */
  static OutboxDeadLetter of(
      long id,
      int attempt,
      String topic,
      String key,
      PublishRefusedException.Reason reason,
      String error,
      Instant inserted,
      Instant failed) {
    return new OutboxDeadLetterValue(id, attempt, topic, key, reason, error, inserted, failed);
  }
}
