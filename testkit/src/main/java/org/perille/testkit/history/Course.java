package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.List;

/** What became of a message in a subscription. */
final class Course {
  static final int NEVER = Integer.MAX_VALUE;

  final Message message;
  Attempt firstAttempt;
  Attempt lastAttempt;
  int entries;

  /** The first attempt to succeed, by the time at which it did. */
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

  /** Whether it is named as lost, or as what others have overtaken. */
  boolean isFlagged;

  Course(Message message) {
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

  /** Returns whether somebody may have redriven it by then. */
  boolean isRedrivenBefore(int index) {
    return firstRedrivenIndex < index;
  }

  void discarded(Operation.Discarded found, int index) {
    if (discarded == null) {
      discarded = found;
      // One that somebody is redriving at that moment may be handled afterwards all the same.
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

  /** Whether it was ever given up or skipped: then its key goes on without it. */
  boolean isExceptional() {
    return deadLettered != null || redrivenIndex >= 0 || discarded != null || isSkipped;
  }

  /** Whether it need not be handled any more. */
  boolean isSettled() {
    return isSkipped || discarded != null || hasOpenLetter();
  }

  /** Whether it is a dead letter, as far as anybody knows. */
  boolean hasOpenLetter() {
    return discarded == null && deadLettered != null && redrivenIndex < deadLetteredIndex;
  }
}
