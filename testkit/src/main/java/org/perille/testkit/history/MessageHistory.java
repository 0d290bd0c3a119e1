package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.List;

/** The course of a message in a subscription. */
final class MessageHistory {
  static final int NEVER = Integer.MAX_VALUE;

  final Message message;
  Attempt firstAttempt;
  Attempt lastAttempt;
  int entries;

  /** The first attempt that succeeded, by the time of its success. */
  Attempt firstOk;

  Operation.DeadLettered deadLettered;
  private int deadLetteredIndex = -1;
  private int redrivenIndex = -1;
  private int firstRedrivenIndex = NEVER;
  Operation.Discarded discarded;
  int discardedIndex = NEVER;
  boolean isSkipped;
  boolean hasPublishedLetter;
  final List<Operation.EffectFound> effects = new ArrayList<>(0);
  int effectIndex = NEVER;

  /** True if it is reported as lost, or as overtaken. */
  boolean isFlagged;

  MessageHistory(Message message) {
    this.message = message;
  }

  void add(Attempt attempt) {
    entries++;
    if (firstAttempt == null) {
      firstAttempt = attempt;
    } else {
      lastAttempt.next = attempt;
    }
    lastAttempt = attempt;
  }

  void left(Attempt attempt) {
    if (firstOk == null && attempt.isOk()) {
      firstOk = attempt;
    }
  }

  void deadLettered(Operation.DeadLettered found, int index) {
    if (deadLettered == null) {
      deadLettered = found;
    }
    deadLetteredIndex = index;
  }

  void redriven(int index) {
    redrivenIndex = index;
    firstRedrivenIndex = Math.min(firstRedrivenIndex, index);
  }

  /** Returns whether it may have been redriven by then. */
  boolean isRedrivenBefore(int index) {
    return firstRedrivenIndex < index;
  }

  void discarded(Operation.Discarded found, int index) {
    if (discarded == null) {
      discarded = found;
      // A letter that is being redriven at that time may still be handled afterwards.
      discardedIndex = redrivenIndex <= deadLetteredIndex ? index : NEVER;
    }
  }

  void effect(Operation.EffectFound found, int index) {
    for (Operation.EffectFound known : effects) {
      if (known.order() == found.order()) {
        return;
      }
    }
    effects.add(found);
    effectIndex = Math.min(effectIndex, index);
  }

  int okIndex() {
    return firstOk == null ? NEVER : firstOk.leftIndex;
  }

  /** Returns whether it was ever given up or skipped. Then its key continues without it. */
  boolean isExceptional() {
    return deadLettered != null || redrivenIndex >= 0 || discarded != null || isSkipped;
  }

  /** Returns whether it need not be handled any more. */
  boolean isSettled() {
    return isSkipped || discarded != null || hasOpenLetter();
  }

  /** Returns whether it is a dead letter, as far as known. */
  boolean hasOpenLetter() {
    return discarded == null && deadLettered != null && redrivenIndex < deadLetteredIndex;
  }
}
