package org.perille.testkit.history;

/** An attempt of a handler, from its start to its end, by their positions in the history. */
final class Attempt {
  final MessageHistory course;
  final Operation.HandlerEntered entered;
  final int enteredIndex;

  /** True if its worker had a successor by then. */
  final boolean isStale;

  Operation.HandlerLeft left;
  int leftIndex = Integer.MAX_VALUE;

  /** The next attempt for the same message. */
  Attempt next;

  Attempt(
      MessageHistory course, Operation.HandlerEntered entered, int enteredIndex, boolean isStale) {
    this.course = course;
    this.entered = entered;
    this.enteredIndex = enteredIndex;
    this.isStale = isStale;
  }

  boolean isOk() {
    return left != null && left.outcome() == Outcome.OK;
  }

  boolean isRunningAt(int index) {
    return enteredIndex < index && index < leftIndex;
  }

  /** Returns whether both are certainly of the same epoch of a worker. */
  boolean isOfSameEpoch(Attempt other) {
    return entered.epoch() != Operation.UNKNOWN_EPOCH
        && entered.epoch() == other.entered.epoch()
        && entered.node().equals(other.entered.node());
  }
}
