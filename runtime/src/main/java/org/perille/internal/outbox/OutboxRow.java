package org.perille.internal.outbox;

import java.util.Optional;
import org.perille.internal.log.LogMessage;

/**
 * A row of an outbox.
 *
 * @param id rises with insertions; a lower one may become visible later
 * @param sizeInBytes the approximate size of its message
 * @param message the message; empty if the row was inserted by SQL and isn't converted yet
 * @param json the message of a row that was inserted by SQL
 */
public record OutboxRow(
    long id,
    String topic,
    String key,
    long sizeInBytes,
    Optional<LogMessage> message,
    Optional<JsonMessage> json) {

  /** The rows that must stay in order. */
  record OrderedKey(String topic, String key) {}

  OrderedKey orderedKey() {
    return new OrderedKey(topic, key);
  }
}
