package org.perille.internal.cursor;

import org.perille.internal.PerilleSerializable;

/** An event that a worker stores about its cursor. */
public sealed interface CursorEvent extends PerilleSerializable {
  /**
   * A new epoch took over. A later write of a predecessor fails, since this event has its sequence
   * number.
   */
  record Activated(long timestampMillis, String node) implements CursorEvent {}

  /** The complete cursor. */
  record CursorAdvanced(Cursor cursor) implements CursorEvent {}

  /**
   * The cursor was handed over to the store of a transactional handler. No worker uses it here any
   * more.
   */
  record HandedOver(long timestampMillis, String node) implements CursorEvent {}
}
