package org.perille.internal.failure;

import java.util.List;

/** What a worker stores about failures, and about whatever else keeps a message waiting. */
public sealed interface FailureLogEvent {
  /** A new epoch took over; a predecessor's later write fails on this one's place. */
  record Activated(long timestampMillis, String node) implements FailureLogEvent {}

  /** What happened, in order; all of it is durable or nothing is. */
  record Changed(List<FailureEvent> changes) implements FailureLogEvent {
    public Changed {
      changes = List.copyOf(changes);
    }
  }
}
