package org.perille.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.Delivery;
import org.perille.testkit.Attempt.Outcome;

/**
 * The attempts of one subscription, in order.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class AttemptLog<T> {
  private final List<Attempt<T>> attempts = new ArrayList<>();

  /**
   * Records the start of an attempt.
   *
   * @return the number that identifies it
   */
  synchronized int begin(Delivery<T> delivery) {
    attempts.add(new Attempt<>(delivery, Outcome.RUNNING, Optional.empty()));
    return attempts.size() - 1;
  }

  /** Records the outcome of an attempt. */
  synchronized void end(int number, Outcome outcome, Optional<Throwable> failure) {
    attempts.set(number, new Attempt<>(attempts.get(number).delivery(), outcome, failure));
  }

  synchronized List<Attempt<T>> attempts() {
    return List.copyOf(attempts);
  }
}
