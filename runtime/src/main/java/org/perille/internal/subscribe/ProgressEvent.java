package org.perille.internal.subscribe;

/** What a worker stores about its progress. */
public sealed interface ProgressEvent {
  /** A new incarnation took over; a predecessor's later write fails on this one's place. */
  record Activated(long timestampMillis, String node) implements ProgressEvent {}

  /** The progress in full. */
  record CursorAdvanced(Cursor cursor) implements ProgressEvent {}

  /** The cursor goes on in the store of a transactional handler, and no worker uses it here. */
  record HandedOver(long timestampMillis, String node) implements ProgressEvent {}
}
