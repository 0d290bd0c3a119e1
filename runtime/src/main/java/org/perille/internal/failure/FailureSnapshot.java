package org.perille.internal.failure;

import java.util.List;
import java.util.Optional;
import org.perille.internal.log.ReplacesEvents;

/**
 * What a worker knows of failures, as it is stored.
 *
 * @param deferred in any order
 * @param operations oldest first
 * @param sequenceNumber of the last event
 */
public record FailureSnapshot(
    List<DeferredIn> deferred,
    List<DeadLetterRecord> letters,
    List<Operation> operations,
    Optional<String> paused,
    long attemptHighWatermark,
    long possiblyAttemptedBelow,
    long generation,
    long sequenceNumber)
    implements ReplacesEvents {

  /** A message that was deferred, in its ordering group. */
  public record DeferredIn(String group, DeferredMessage message) {}

  /** An operator's order, and how many dead letters it has concerned. */
  public record Operation(String name, long concerned) {}

  public FailureSnapshot {
    deferred = List.copyOf(deferred);
    letters = List.copyOf(letters);
    operations = List.copyOf(operations);
  }
}
