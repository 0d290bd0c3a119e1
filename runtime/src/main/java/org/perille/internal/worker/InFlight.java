package org.perille.internal.worker;

import java.util.List;
import org.perille.internal.Pure;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.settings.WorkerSettings;

/**
 * Counts the messages that are in the pool or wait to enter it.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
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
