package org.perille.spi;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.perille.Guarantee;

/**
 * A durable subscription in the storage's registry, since its first start.
 *
 * @param topic the topic that it receives
 * @param storedName the name under which its cursor, failures and keys are stored: its first one
 * @param name its present name
 * @param formerNames its former names, the oldest first
 * @param kind the way it processes messages
 * @param guarantee its guarantee
 * @param cursorPlace the store and the table of its cursors, without secrets; empty if they are in
 *     the journal, or the handler doesn't report them
 * @param firstSeen the time when a node first started it
 * @param lastSeen the time when a node last ran it
 * @param removed the time when an operator removed it, if one did and it wasn't started since
 */
public record RegisteredSubscription(
    String topic,
    String storedName,
    String name,
    List<String> formerNames,
    SubscriptionKind kind,
    Guarantee guarantee,
    Optional<String> cursorPlace,
    Instant firstSeen,
    Instant lastSeen,
    Optional<Instant> removed) {

  public RegisteredSubscription {
    Objects.requireNonNull(topic, "topic");
    formerNames = List.copyOf(formerNames);
  }

  /** Returns whether it has, or had, a name. */
  public boolean isKnownAs(String topicName, String anyName) {
    return topic.equals(topicName)
        && (name.equals(anyName) || storedName.equals(anyName) || formerNames.contains(anyName));
  }

  /** Returns the same, seen running at a time. */
  public RegisteredSubscription seen(Instant at) {
    return new RegisteredSubscription(
        topic, storedName, name, formerNames, kind, guarantee, cursorPlace, firstSeen, at, removed);
  }

  /** Returns the same, removed at a time. */
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
