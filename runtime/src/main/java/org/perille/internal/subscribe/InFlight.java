package org.perille.internal.subscribe;

import java.util.List;

/**
 * Counts the messages that are in the pool or wait to enter it.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class InFlight {
  private final WorkerSettings settings;
  private int messages;
  private long bytes;

  InFlight(WorkerSettings settings) {
    this.settings = settings;
  }

  void enter(List<PendingDelivery> deliveries) {
    for (PendingDelivery delivery : deliveries) {
      messages++;
      bytes += delivery.entry().message().sizeInBytes();
    }
  }

  void leave(PendingDelivery delivery) {
    messages--;
    bytes -= delivery.entry().message().sizeInBytes();
  }

  /** Returns whether further messages may enter. */
  boolean hasRoom() {
    return messages < settings.maxInFlightMessages() && bytes < settings.maxInFlightBytes();
  }
}
