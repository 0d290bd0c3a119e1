package org.perille.internal.outbox;

import java.util.Optional;

/** A reason for a relay to continue. */
sealed interface RelaySignal {
  /** There may be rows. */
  enum Wake implements RelaySignal {
    INSTANCE
  }

  /**
   * The outcome of a batch, or of one of its messages.
   *
   * @param failure empty if all its messages have receipts
   */
  record Batch(long epoch, long number, Optional<Throwable> failure) implements RelaySignal {}
}
