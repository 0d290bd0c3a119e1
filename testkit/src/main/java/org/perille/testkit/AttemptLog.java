package org.perille.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.Delivery;
import org.perille.testkit.Attempt.Outcome;

/**
 * What the handler of one subscription was given, in the order in which it was.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class AttemptLog<T> {
  private final List<Attempt<T>> attempts = new ArrayList<>();

  /** Notes that an attempt begins; the number is its name here. */
  synchronized int begin(Delivery<T> delivery) {
    attempts.add(new Attempt<>(delivery, Outcome.RUNNING, Optional.empty()));
    return attempts.size() - 1;
  }

  /** Notes what came of it. */
  synchronized void end(int number, Outcome outcome, Optional<Throwable> failure) {
    attempts.set(number, new Attempt<>(attempts.get(number).delivery(), outcome, failure));
  }

  synchronized List<Attempt<T>> attempts() {
    return List.copyOf(attempts);
  }
}
