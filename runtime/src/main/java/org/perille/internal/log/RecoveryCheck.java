package org.perille.internal.log;

import org.perille.internal.Pure;

/** The check that a replay has reached the end of a journal (INV-2 of the protocol). */
@Pure
public final class RecoveryCheck {
  private RecoveryCheck() {}

  /**
   * Requires that nothing stored is missing in the result of a replay.
   *
   * @param persistenceId the journal
   * @param stored the highest sequence number in the storage
   * @param replayed the sequence number of the last event that was replayed
   * @throws IllegalStateException if they differ
   */
  public static void requireComplete(String persistenceId, long stored, long replayed) {
    if (stored != replayed) {
      throw new IllegalStateException(
          "INV-2 recovery is complete: the journal of '%s' ends at sequence number %d, and replay ended at %d"
              .formatted(persistenceId, stored, replayed));
    }
  }
}
