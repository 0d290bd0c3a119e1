package org.perille.internal.failure;

import java.util.List;
import java.util.Optional;
import org.perille.internal.PerilleSerializable;
import org.perille.internal.log.ReplacesEvents;

/**
 * The stored form of a {@link FailureState}.
 *
 * @param deferred deferred messages, in any order
 * @param operations operations of operators, oldest first
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
    implements ReplacesEvents, PerilleSerializable {

  /** A deferred message with its ordering group. */
  public record DeferredIn(String group, DeferredMessage message) {}

  /** An operation of an operator, and the number of dead letters it concerned. */
  public record Operation(String name, long concerned) {}

  public FailureSnapshot {
    deferred = List.copyOf(deferred);
    letters = List.copyOf(letters);
    operations = List.copyOf(operations);
  }
}
