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
import org.perille.internal.failure.FailureEvent.Cause;
import org.perille.internal.log.Storable;

/** Decides what follows from a failed attempt. Pure. */
public final class FailurePolicy {
  /** What an operator reads of an error; the whole of it is in the log of the node. */
  static final int MAX_ERROR_LENGTH = 1000;

  /** No retry is later than due by more than this, or by more than an eighth of its delay. */
  private static final long MAX_GRID_MILLIS = 128;

  /** What follows. */
  public sealed interface Decision {}

  /** Another attempt, at this time. */
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
    // Without an order nothing waits behind a message.
    this.onExhausted =
        subscription.onExhausted() == OnExhausted.PARK_KEY && !subscription.ordered()
            ? OnExhausted.CONTINUE
            : subscription.onExhausted();
    this.onExpired = subscription.onExpired();
  }

  /**
   * What follows from an attempt that has failed.
   *
   * @param attempts that count, this one included
   * @param firstFailureMillis when the first of them failed; now, if this is the first
   * @param chance at least 0 and less than 1
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

  /** When a message is due again whose attempt was interrupted. */
  public long dueAfterInterruption(int attempts, long nowMillis, double chance) {
    return dueAfter(retries.delayAfter(Math.max(1, attempts), chance).toMillis(), nowMillis);
  }

  /** Those that fail at about the same time come back together, in one write instead of many. */
  private static long dueAfter(long delayMillis, long nowMillis) {
    long grid = Math.min(MAX_GRID_MILLIS, Long.highestOneBit(Math.max(1, delayMillis / 8)));
    return (nowMillis + delayMillis + grid - 1) / grid * grid;
  }

  /** Returns whether a message that was interrupted may not be tried again. */
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

  /** What the application's policy makes of its own errors must not stop a worker. */
  private boolean isPermanent(Throwable failure) {
    try {
      return retries.isPermanent(UserCode.unwrap(failure));
    } catch (Throwable e) {
      return false;
    } finally {
      UserCode.clearInterrupt();
    }
  }

  /** What an attempt failed of, to be stored. */
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

  /** Half a character would be lost on the way to the store, and look like a fault of it. */
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

  /** Returns whether a failure says something about what the handler depends on. */
  public static boolean countsForBreaker(Throwable failure) {
    DeadLetter.Failure kind = kindOf(UserCode.unwrap(failure));
    return kind == DeadLetter.Failure.HANDLER || kind == DeadLetter.Failure.DEADLINE;
  }
}
