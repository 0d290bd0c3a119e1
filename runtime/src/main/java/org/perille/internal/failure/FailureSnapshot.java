package org.perille.internal.failure;

import java.util.List;
import java.util.Optional;
import org.perille.internal.log.ReplacesEvents;

/**
 * What a worker knows of failures, as it is stored.
 *
 * @param held in any order
 * @param orders oldest first
 * @param sequenceNumber of the last event
 */
public record FailureSnapshot(
    List<HeldIn> held,
    List<Letter> letters,
    List<Order> orders,
    Optional<String> paused,
    long reservedBelow,
    long suspectsBelow,
    long generation,
    long sequenceNumber)
    implements ReplacesEvents {

  /** A message that was put aside, in its unit. */
  public record HeldIn(String unit, Held message) {}

  /** An operator's order, and how many dead letters it has concerned. */
  public record Order(String name, long concerned) {}

  public FailureSnapshot {
    held = List.copyOf(held);
    letters = List.copyOf(letters);
    orders = List.copyOf(orders);
  }
}
