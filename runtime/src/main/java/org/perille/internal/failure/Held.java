package org.perille.internal.failure;

import org.perille.internal.failure.Change.Cause;

/**
 * A message that was put aside. Immutable.
 *
 * @param sequenceNumber a journal sequence number at or before the event that holds it
 * @param attempts that were made and have failed or were interrupted, in all
 * @param forgiven those of them that were made before it was redriven
 * @param firstFailureMillis 0 if there was none
 * @param firstCountedMillis when the first attempt failed that isn't forgiven; 0 if there was none
 * @param lastFailureMillis 0 if there was none
 * @param cause of the last failure
 * @param dueMillis when it may be tried
 * @param tried whether an attempt may have been made
 * @param begun whether an attempt may be under way
 * @param unclear whether an attempt may have been interrupted since the last one that left nothing
 *     behind
 * @param alone whether it was one of a few when that happened, and is tried alone from then on
 * @param redriven whether it was a dead letter
 */
public record Held(
    long offset,
    long sequenceNumber,
    int attempts,
    int forgiven,
    long firstFailureMillis,
    long firstCountedMillis,
    long lastFailureMillis,
    Cause cause,
    long dueMillis,
    boolean tried,
    boolean begun,
    boolean unclear,
    boolean alone,
    boolean redriven) {

  static Held waiting(Change.Place place, long dueMillis, boolean tried) {
    return new Held(
        place.offset(),
        place.sequenceNumber(),
        0,
        0,
        0,
        0,
        0,
        Cause.NONE,
        dueMillis,
        tried,
        false,
        false,
        false,
        false);
  }

  /** Returns whether no other message may be handled together with it. */
  public boolean mustBeAlone() {
    return attempts > 0 || alone;
  }

  /** Attempts that count for the retry policy. */
  public int countedAttempts() {
    return attempts - forgiven;
  }

  Held begin() {
    return new Held(
        offset,
        sequenceNumber,
        attempts,
        forgiven,
        firstFailureMillis,
        firstCountedMillis,
        lastFailureMillis,
        cause,
        dueMillis,
        true,
        true,
        unclear,
        alone,
        redriven);
  }

  Held withdraw() {
    return begun
        ? new Held(
            offset,
            sequenceNumber,
            attempts,
            forgiven,
            firstFailureMillis,
            firstCountedMillis,
            lastFailureMillis,
            cause,
            dueMillis,
            tried,
            false,
            unclear,
            alone,
            redriven)
        : this;
  }

  Held fail(Cause failure, long atMillis, long nextMillis) {
    return new Held(
        offset,
        sequenceNumber,
        attempts + 1,
        forgiven,
        firstFailureMillis == 0 ? atMillis : firstFailureMillis,
        firstCountedMillis == 0 ? atMillis : firstCountedMillis,
        atMillis,
        failure,
        nextMillis,
        true,
        false,
        false,
        false,
        redriven);
  }

  Held interrupt(boolean counted, long atMillis, long nextMillis) {
    Held after = counted ? fail(Interruption.CAUSE, atMillis, nextMillis) : this;
    return new Held(
        offset,
        sequenceNumber,
        after.attempts,
        forgiven,
        after.firstFailureMillis,
        after.firstCountedMillis,
        after.lastFailureMillis,
        after.cause,
        nextMillis,
        true,
        false,
        true,
        alone || begun || counted,
        redriven);
  }
}
