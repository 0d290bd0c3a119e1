package org.perille.internal.worker;

import java.time.Duration;
import java.util.Optional;
import org.perille.PerilleListener.Place;
import org.perille.PerilleListener.Recovered;
import org.perille.PerilleListener.Recovery;
import org.perille.PerilleListener.WorkerProgress;
import org.perille.internal.effect.KeyActivity;
import org.perille.internal.effect.KeyCache;
import org.perille.internal.hook.Listeners;

/**
 * Reports to listeners what a run of a worker does on this node.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class WorkerActivity {
  private final Listeners listeners;
  private final Place place;
  private final long createdNanos = System.nanoTime();
  private boolean started;

  WorkerActivity(WorkerAssignment<?> assignment) {
    this.listeners = assignment.listeners();
    this.place = WorkerReports.placeOf(assignment);
  }

  /** Reports that the worker was recovered, and handles messages from now on. */
  void started() {
    started = true;
    listeners.report(
        () -> {
          Recovered event =
              new Recovered(
                  Recovery.WORKER,
                  place.topic(),
                  place.partition(),
                  Duration.ofNanos(System.nanoTime() - createdNanos));
          return listener -> listener.recovered(event);
        });
    listeners.report(() -> listener -> listener.workerStarted(place));
  }

  /**
   * Reports what the worker does. Called once in an interval, which is longer while it is idle.
   *
   * @param running the calls of its handler that run
   * @param keys its keys, if it has any
   */
  void report(int running, Optional<KeyCache> keys) {
    if (!listeners.areNone() && started) {
      report(progress(running, keys));
    }
  }

  /** Reports the end of the run, and what it has done since the last report. */
  void ended(Optional<KeyCache> keys) {
    if (listeners.areNone() || !started) {
      return;
    }
    started = false;
    WorkerProgress last = progress(0, keys);
    if (last.effects() > 0 || last.recoveredKeys() > 0) {
      report(last);
    }
    listeners.report(() -> listener -> listener.workerStopped(place));
  }

  private WorkerProgress progress(int running, Optional<KeyCache> keys) {
    KeyActivity.Counts counts =
        keys.map(KeyCache::activity).map(KeyActivity::take).orElse(KeyActivity.Counts.NONE);
    return new WorkerProgress(
        place,
        running,
        keys.map(KeyCache::size).orElse(0),
        counts.effects(),
        counts.recoveries(),
        counts.recoveryTime());
  }

  private void report(WorkerProgress progress) {
    listeners.report(() -> listener -> listener.workerProgress(progress));
  }
}
