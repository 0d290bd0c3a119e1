package org.perille.internal.failure;

import org.perille.internal.Pure;
import org.perille.internal.failure.FailureEvent.Cause;

/**
 * A deferred message and the history of its attempts. Immutable.
 *
 * @param sequenceNumber a journal sequence number at or before the event that holds it
 * @param attempts all attempts that have failed or were interrupted
 * @param attemptsBeforeRedrive those of the attempts that were made before the last redrive; the
 *     retry policy doesn't count them
 * @param firstFailureMillis time of the first failure; 0 if there was none
 * @param firstCountedMillis time of the first failure that the retry policy counts; 0 if there was
 *     none
 * @param lastFailureMillis time of the last failure; 0 if there was none
 * @param cause of the last failure
 * @param dueMillis time from which it may be tried
 * @param dueSetMillis time at which a worker computed the due time by its clock; 0 if the due time
 *     doesn't depend on a worker's clock
 * @param tried whether an attempt may have been made
 * @param begun whether an attempt may be under way
 * @param outcomeUnknown whether an attempt may have been interrupted since the last one that left
 *     nothing behind
 * @param alone whether it must be tried alone, because it was one of few candidates at an
 *     interruption
 * @param redriven whether it was a dead letter
 */
@Pure
public record DeferredMessage(
    long offset,
    long sequenceNumber,
    int attempts,
    int attemptsBeforeRedrive,
    long firstFailureMillis,
    long firstCountedMillis,
    long lastFailureMillis,
    Cause cause,
    long dueMillis,
    long dueSetMillis,
    boolean tried,
    boolean begun,
    boolean outcomeUnknown,
    boolean alone,
    boolean redriven) {
  /** The difference between the clocks of two nodes up to which neither is considered wrong. */
  static final long MAX_CLOCK_DIFFERENCE_MILLIS = 60_000;

  static DeferredMessage waiting(FailureEvent.Position position, long dueMillis, boolean tried) {
    return new DeferredMessage(
        position.offset(),
        position.sequenceNumber(),
        0,
        0,
        0,
        0,
        0,
        Cause.NONE,
        dueMillis,
        0,
        tried,
        false,
        false,
        false,
        false);
  }

  /**
   * Returns whether it may be tried now.
   *
   * <p>A due time that was set in the future was computed by a clock that was wrong, or the clock
   * is wrong now. Either way it may be days away, so the message is due at once. Nodes' clocks may
   * differ by {@link #MAX_CLOCK_DIFFERENCE_MILLIS}.
   */
  boolean isDue(long nowMillis) {
    return dueMillis <= nowMillis || dueSetMillis > nowMillis + MAX_CLOCK_DIFFERENCE_MILLIS;
  }

  /** Returns whether no other message may be handled in the same invocation. */
  public boolean runsAlone() {
    return attempts > 0 || alone;
  }

  /** Returns the number of attempts that count for the retry policy. */
  public int countedAttempts() {
    return attempts - attemptsBeforeRedrive;
  }

  DeferredMessage begin() {
    return new DeferredMessage(
        offset,
        sequenceNumber,
        attempts,
        attemptsBeforeRedrive,
        firstFailureMillis,
        firstCountedMillis,
        lastFailureMillis,
        cause,
        dueMillis,
        dueSetMillis,
        true,
        true,
        outcomeUnknown,
        alone,
        redriven);
  }

  DeferredMessage withdraw() {
    return begun
        ? new DeferredMessage(
            offset,
            sequenceNumber,
            attempts,
            attemptsBeforeRedrive,
            firstFailureMillis,
            firstCountedMillis,
            lastFailureMillis,
            cause,
            dueMillis,
            dueSetMillis,
            tried,
            false,
            outcomeUnknown,
            alone,
            redriven)
        : this;
  }

  DeferredMessage fail(Cause failure, long atMillis, long nextMillis) {
    return new DeferredMessage(
        offset,
        sequenceNumber,
        attempts + 1,
        attemptsBeforeRedrive,
        firstFailureMillis == 0 ? atMillis : firstFailureMillis,
        firstCountedMillis == 0 ? atMillis : firstCountedMillis,
        atMillis,
        failure,
        nextMillis,
        atMillis,
        true,
        false,
        false,
        false,
        redriven);
  }

  DeferredMessage interrupt(boolean counted, long atMillis, long nextMillis) {
    DeferredMessage after = counted ? fail(Interruption.CAUSE, atMillis, nextMillis) : this;
    return new DeferredMessage(
        offset,
        sequenceNumber,
        after.attempts,
        attemptsBeforeRedrive,
        after.firstFailureMillis,
        after.firstCountedMillis,
        after.lastFailureMillis,
        after.cause,
        nextMillis,
        atMillis,
        true,
        false,
        true,
        alone || begun || counted,
        redriven);
  }
}
