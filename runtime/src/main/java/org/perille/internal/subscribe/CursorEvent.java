package org.perille.internal.subscribe;

/** An event that a worker stores about its cursor. */
public sealed interface CursorEvent {
  /** A new epoch took over; a predecessor's later write fails on this one's place. */
  record Activated(long timestampMillis, String node) implements CursorEvent {}

  /** The cursor in full. */
  record CursorAdvanced(Cursor cursor) implements CursorEvent {}

  /** The cursor goes on in the store of a transactional handler, and no worker uses it here. */
  record HandedOver(long timestampMillis, String node) implements CursorEvent {}
}
