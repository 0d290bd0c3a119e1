package org.perille.proof.simulation;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Makes a failing run shorter, as long as it fails in the same way.
 *
 * <p>It leaves out steps at the end, and choices in the middle. Shrinking choices instead of the
 * data made from them is the idea of Hypothesis (MacIver and Donaldson, "Test-Case Reduction via
 * Test-Case Generation", ECOOP 2020).
 */
final class Shrinker {
  /** A failing run. */
  static final class Failing {
    final int[] choices;
    final int steps;

    Failing(int[] choices, int steps) {
      this.choices = choices;
      this.steps = steps;
    }
  }

  /** Executes a run. Returns the kind of its failure, if it fails. */
  interface Trial {
    Optional<String> fails(int[] choices, int steps);
  }

  private final Trial trial;
  private final String way;
  private final long deadlineNanos;

  private Shrinker(Trial trial, String way, long seconds) {
    this.trial = trial;
    this.way = way;
    this.deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }

  /** Returns the shortest run found within a time. */
  static Failing shrink(Failing failing, Trial trial, String way, long seconds) {
    Shrinker shrinker = new Shrinker(trial, way, seconds);
    return shrinker.leaveChoicesOut(shrinker.leaveStepsOut(failing));
  }

  private boolean stillFails(int[] choices, int steps) {
    return trial.fails(choices, steps).filter(way::equals).isPresent();
  }

  private boolean hasTime() {
    return System.nanoTime() < deadlineNanos;
  }

  private Failing leaveStepsOut(Failing failing) {
    int steps = failing.steps;
    for (int less = steps / 2; less > 0; less /= 2) {
      while (steps - less >= 0 && hasTime() && stillFails(failing.choices, steps - less)) {
        steps -= less;
      }
    }
    return new Failing(failing.choices, steps);
  }

  private Failing leaveChoicesOut(Failing failing) {
    int[] choices = failing.choices;
    for (int size = Integer.highestOneBit(Math.max(1, choices.length / 2)); size > 0; size /= 2) {
      for (int from = 0; from + size <= choices.length && hasTime(); ) {
        int[] fewer = without(choices, from, size);
        if (stillFails(fewer, failing.steps)) {
          choices = fewer;
        } else {
          from += size;
        }
      }
    }
    return new Failing(choices, failing.steps);
  }

  private static int[] without(int[] all, int from, int size) {
    int[] fewer = new int[all.length - size];
    System.arraycopy(all, 0, fewer, 0, from);
    System.arraycopy(all, from + size, fewer, from, all.length - from - size);
    return fewer;
  }
}
