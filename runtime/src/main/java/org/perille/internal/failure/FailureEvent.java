package org.perille.internal.failure;

import java.util.List;

/** What a worker stores about failures, and about whatever else keeps a message waiting. */
public sealed interface FailureEvent {
  /** A new incarnation took over; a predecessor's later write fails on this one's place. */
  record Activated(long timestampMillis, String node) implements FailureEvent {}

  /** What happened, in order; all of it is durable or nothing is. */
  record Changed(List<Change> changes) implements FailureEvent {
    public Changed {
      changes = List.copyOf(changes);
    }
  }
}
