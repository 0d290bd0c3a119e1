package org.perille.internal.worker;

import java.util.Optional;
import org.perille.PerilleListener.Consequence;
import org.perille.PerilleListener.Failed;
import org.perille.PerilleListener.LettersChanged;
import org.perille.PerilleListener.Paused;
import org.perille.PerilleListener.Place;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.hook.ListenerEvent;
import org.perille.internal.hook.Listeners;

/** Reports to listeners what a worker notes. */
final class WorkerReports {
  private final Listeners listeners;
  private final Place place;

  WorkerReports(WorkerAssignment<?> assignment) {
    this.listeners = assignment.listeners();
    this.place = placeOf(assignment);
  }

  static Place placeOf(WorkerAssignment<?> assignment) {
    return new Place(
        assignment.partition().topic(),
        assignment.subscription().name(),
        assignment.partition().partition());
  }

  void report(WorkerNote note) {
    if (listeners.areNone()) {
      return;
    }
    if (note instanceof WorkerNote.AttemptFailed failed) {
      Failed event =
          new Failed(
              place,
              failed.delivery().entry().offset(),
              FailurePolicy.causeOf(failed.cause()).failure(),
              failed.delivery().attempt(),
              consequence(failed.decision()));
      listeners.report(() -> listener -> listener.failed(event));
    } else if (note instanceof WorkerNote.PauseChanged change) {
      listeners.report(() -> paused(change.reason()));
    } else if (note instanceof WorkerNote.Redriven redriven) {
      LettersChanged event = new LettersChanged(place, redriven.concerned());
      listeners.report(() -> listener -> listener.redriven(event));
    } else if (note instanceof WorkerNote.Discarded discarded) {
      LettersChanged event = new LettersChanged(place, discarded.offsets().size());
      listeners.report(() -> listener -> listener.discarded(event));
    }
  }

  private ListenerEvent paused(Optional<String> reason) {
    return reason
        .map(text -> new Paused(place, text))
        .<ListenerEvent>map(event -> listener -> listener.paused(event))
        .orElse(listener -> listener.resumed(place));
  }

  private static Consequence consequence(FailurePolicy.Decision decision) {
    if (decision instanceof FailurePolicy.Retry) {
      return Consequence.RETRIED;
    }
    return decision instanceof FailurePolicy.GiveUp
        ? Consequence.DEAD_LETTERED
        : Consequence.DROPPED;
  }
}
