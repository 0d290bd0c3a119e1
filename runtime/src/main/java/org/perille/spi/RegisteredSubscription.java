package org.perille.spi;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.perille.Guarantee;

/**
 * A durable subscription as the storage knows it, from its first start on.
 *
 * @param topic the topic that it receives
 * @param storedName the name that its cursor, failures and keys are stored under: its first one
 * @param name its name now
 * @param formerNames names that it had before, the oldest first
 * @param kind the way it processes messages
 * @param guarantee its guarantee
 * @param cursorPlace the store and the table of its cursors, without secrets; empty if they are in
 *     the journal
 * @param firstSeen when a node first started it
 * @param lastSeen when a node last ran it
 * @param removed when an operator removed it, if one did and it wasn't started since
 */
public record RegisteredSubscription(
    String topic,
    String storedName,
    String name,
    List<String> formerNames,
    SubscriptionKind kind,
    Guarantee guarantee,
    String cursorPlace,
    Instant firstSeen,
    Instant lastSeen,
    Optional<Instant> removed) {

  public RegisteredSubscription {
    Objects.requireNonNull(topic, "topic");
    formerNames = List.copyOf(formerNames);
  }

  /** Whether it is called, or was called, by a name. */
  public boolean isKnownAs(String topicName, String anyName) {
    return topic.equals(topicName)
        && (name.equals(anyName) || storedName.equals(anyName) || formerNames.contains(anyName));
  }

  /** The same, seen running at a time. */
  public RegisteredSubscription seen(Instant at) {
    return new RegisteredSubscription(
        topic, storedName, name, formerNames, kind, guarantee, cursorPlace, firstSeen, at, removed);
  }

  /** The same, removed at a time. */
  public RegisteredSubscription removed(Instant at) {
    return new RegisteredSubscription(
        topic,
        storedName,
        name,
        formerNames,
        kind,
        guarantee,
        cursorPlace,
        firstSeen,
        lastSeen,
        Optional.of(removed.orElse(at)));
  }
}
