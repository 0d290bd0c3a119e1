package org.perille.internal.failure;

import java.util.List;
import org.perille.internal.PerilleSerializable;

/** An event that a worker stores in its failure log. */
public sealed interface FailureLogEvent extends PerilleSerializable {
  /**
   * A new epoch took over. A later write of a predecessor fails, since this event has its sequence
   * number.
   */
  record Activated(long timestampMillis, String node) implements FailureLogEvent {}

  /** Failure events, in order. Either all of them are durable or none is. */
  record Changed(List<FailureEvent> changes) implements FailureLogEvent {
    public Changed {
      changes = List.copyOf(changes);
    }
  }
}
