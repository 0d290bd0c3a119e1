package org.perille.testkit.idempotence;

import java.util.ArrayList;
import java.util.List;
import org.perille.testkit.idempotence.Disturbance.Kind;
import org.perille.testkit.idempotence.Step.Action;
import org.perille.testkit.idempotence.Step.Where;

/**
 * Counts the steps of a run, and decides which of them is disturbed.
 *
 * <p><b>Threading</b>: safe for use by any number of threads, since handlers may have their own.
 */
final class Steps {
  private final Disturbance disturbance;
  private final List<Step> done = new ArrayList<>();
  private long message;
  private Where where = Where.BEFORE;
  private boolean counting;
  private boolean disturbed;

  Steps(Disturbance disturbance) {
    this.disturbance = disturbance;
  }

  /** Assigns further steps to a message. */
  synchronized void begin(long offset) {
    message = offset;
    where = Where.BEFORE;
    counting = true;
  }

  synchronized void enter(Where part) {
    where = part;
  }

  synchronized Where where() {
    return where;
  }

  /** Stops counting. */
  synchronized void pause() {
    counting = false;
  }

  /**
   * Counts the next action.
   *
   * @return its disturbance
   */
  synchronized Kind next(Action action) {
    if (!counting) {
      return Kind.NONE;
    }
    done.add(new Step(done.size() + 1, message, where, action));
    if (disturbed || done.size() != disturbance.step()) {
      return Kind.NONE;
    }
    disturbed = true;
    return disturbance.kind();
  }

  synchronized List<Step> done() {
    return List.copyOf(done);
  }

  /** Returns whether the run reached the step of its disturbance. */
  synchronized boolean isDisturbed() {
    return disturbed;
  }
}
