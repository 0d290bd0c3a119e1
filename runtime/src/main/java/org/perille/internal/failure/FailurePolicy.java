package org.perille.internal.failure;

import org.perille.DeadLetter;
import org.perille.DeadlineMissedException;
import org.perille.EffectTooLargeException;
import org.perille.Guarantee;
import org.perille.Nack;
import org.perille.OnExhausted;
import org.perille.OnExpired;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.UndecodableException;
import org.perille.internal.Pure;
import org.perille.internal.failure.FailureEvent.Cause;
import org.perille.internal.log.Storable;

/**
 * Decides what follows from a failed attempt: retry, dead letter or drop. Pure: it has no state.
 */
@Pure
public final class FailurePolicy {
  /** The maximum length of a stored error message. The log of the node has the whole message. */
  static final int MAX_ERROR_LENGTH = 1000;

  /**
   * The maximum rounding of a due time. A retry is also late by no more than an eighth of its
   * delay.
   */
  private static final long MAX_GRID_MILLIS = 128;

  /** The consequence of a failed attempt. */
  public sealed interface Decision {}

  /** The worker retries the message at this time. */
  public record Retry(long dueMillis) implements Decision {}

  /** The message becomes a dead letter. */
  public record GiveUp(DeadLetter.Reason reason, OnExhausted consequence) implements Decision {}

  /** The message is dropped. */
  public record Drop() implements Decision {}

  private final Guarantee guarantee;
  private final RetryPolicy retries;
  private final OnExhausted onExhausted;
  private final OnExpired onExpired;

  public FailurePolicy(Subscription<?> subscription) {
    this.guarantee = subscription.guarantee();
    this.retries = subscription.retries();
    this.onExhausted = subscription.onExhausted();
    this.onExpired = subscription.onExpired();
  }

  /**
   * Returns the decision about a failed attempt.
   *
   * @param attempts the number of counted attempts, including this one
   * @param firstFailureMillis time of the first counted failure; now, if this is the first
   * @param chance a random number of at least 0 and less than 1
   */
  public Decision decide(
      Throwable failure, int attempts, long firstFailureMillis, long nowMillis, double chance) {
    Throwable cause = UserCode.unwrap(failure);
    if (guarantee == Guarantee.EPHEMERAL) {
      return new Drop();
    }
    if (cause instanceof ExpiredException) {
      return onExpired == OnExpired.DROP
          ? new Drop()
          : new GiveUp(DeadLetter.Reason.EXPIRED, OnExhausted.CONTINUE);
    }
    if (guarantee == Guarantee.AT_MOST_ONCE) {
      return new GiveUp(DeadLetter.Reason.NO_SECOND_ATTEMPT, OnExhausted.CONTINUE);
    }
    if (cause instanceof InterruptedTooOftenException) {
      return new GiveUp(DeadLetter.Reason.ATTEMPTS_EXHAUSTED, onExhausted);
    }
    if ((cause instanceof Nack nack && nack.givenUp())
        || cause instanceof EffectTooLargeException
        || isPermanent(failure)) {
      return new GiveUp(DeadLetter.Reason.PERMANENT, onExhausted);
    }
    if (isLast(attempts)) {
      return new GiveUp(DeadLetter.Reason.ATTEMPTS_EXHAUSTED, onExhausted);
    }
    long delay =
        cause instanceof Nack nack && nack.delay().isPresent()
            ? nack.delay().get().toMillis()
            : retries.delayAfter(attempts, chance).toMillis();
    long due = dueAfter(delay, nowMillis);
    if (isTooOld(firstFailureMillis, due)) {
      return new GiveUp(DeadLetter.Reason.TOO_OLD, onExhausted);
    }
    return new Retry(due);
  }

  /** Returns the time at which a message whose attempt was interrupted is due again. */
  public long dueAfterInterruption(int attempts, long nowMillis, double chance) {
    return dueAfter(retries.delayAfter(Math.max(1, attempts), chance).toMillis(), nowMillis);
  }

  /**
   * Returns the due time, rounded up. Messages that fail at about the same time then come back
   * together, in one write.
   */
  private static long dueAfter(long delayMillis, long nowMillis) {
    long grid = Math.min(MAX_GRID_MILLIS, Long.highestOneBit(Math.max(1, delayMillis / 8)));
    return (nowMillis + delayMillis + grid - 1) / grid * grid;
  }

  /** Returns whether an interrupted message has used up its attempts or its maximum age. */
  public boolean isExhausted(DeferredMessage deferred, long nowMillis) {
    return deferred.outcomeUnknown()
        && deferred.countedAttempts() > 0
        && (isLast(deferred.countedAttempts())
            || isTooOld(deferred.firstCountedMillis(), nowMillis));
  }

  private boolean isLast(int attempts) {
    return retries.maxAttempts().isPresent() && attempts >= retries.maxAttempts().getAsInt();
  }

  private boolean isTooOld(long firstFailureMillis, long atMillis) {
    return retries
        .maxAge()
        .map(age -> firstFailureMillis != 0 && atMillis - firstFailureMillis > age.toMillis())
        .orElse(false);
  }

  /**
   * Returns whether the application's retry policy calls a failure permanent; false if the policy
   * throws. An exception of the policy must not stop the worker.
   */
  private boolean isPermanent(Throwable failure) {
    try {
      return retries.isPermanent(UserCode.unwrap(failure));
    } catch (Throwable e) {
      return false;
    } finally {
      UserCode.clearInterrupt();
    }
  }

  /** Returns the cause of a failed attempt in its stored form. */
  public static Cause causeOf(Throwable failure) {
    Throwable cause = UserCode.unwrap(failure);
    if (cause instanceof InterruptedTooOftenException) {
      return Interruption.CAUSE;
    }
    DeadLetter.Failure kind = kindOf(cause);
    String error =
        kind == DeadLetter.Failure.HANDLER || kind == DeadLetter.Failure.UNDECODABLE
            ? cause.getClass().getName()
            : "";
    return new Cause(kind, error, Storable.cleaned(shortened(UserCode.messageOf(cause))));
  }

  /**
   * Shortens an error message to {@link #MAX_ERROR_LENGTH} without splitting a surrogate pair. The
   * store would damage half of a pair.
   */
  private static String shortened(String message) {
    if (message.length() <= MAX_ERROR_LENGTH) {
      return message;
    }
    int end =
        Character.isHighSurrogate(message.charAt(MAX_ERROR_LENGTH - 1))
            ? MAX_ERROR_LENGTH - 1
            : MAX_ERROR_LENGTH;
    return message.substring(0, end);
  }

  private static DeadLetter.Failure kindOf(Throwable cause) {
    if (cause instanceof Nack) {
      return DeadLetter.Failure.NACK;
    }
    if (cause instanceof DeadlineMissedException) {
      return DeadLetter.Failure.DEADLINE;
    }
    if (cause instanceof UndecodableException) {
      return DeadLetter.Failure.UNDECODABLE;
    }
    return cause instanceof ExpiredException
        ? DeadLetter.Failure.EXPIRY
        : DeadLetter.Failure.HANDLER;
  }

  /**
   * Returns whether a failure counts for the circuit breaker. Only exceptions of the handler and
   * missed deadlines do: they may show that a dependency is unavailable.
   */
  public static boolean countsForBreaker(Throwable failure) {
    DeadLetter.Failure kind = kindOf(UserCode.unwrap(failure));
    return kind == DeadLetter.Failure.HANDLER || kind == DeadLetter.Failure.DEADLINE;
  }
}
