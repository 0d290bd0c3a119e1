package org.perille.internal.effect;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a worker does with its keys.
 *
 * <p>It counts with and without listeners: it costs some nanoseconds for a write.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class KeyActivity {
  private final LongAdder effects = new LongAdder();
  private final LongAdder recoveries = new LongAdder();
  private final LongAdder recoveryNanos = new LongAdder();

  /**
   * Numbers of one interval.
   *
   * @param effects messages whose effects were stored
   * @param recoveries keys that were recovered
   * @param recoveryTime the sum of the times of these recoveries
   */
  public record Counts(long effects, long recoveries, Duration recoveryTime) {
    /** The numbers of a subscription without keys. */
    public static final Counts NONE = new Counts(0, 0, Duration.ZERO);
  }

  void stored(EffectsRecorded event) {
    effects.add(event.handled().size());
  }

  void recovered(long nanos) {
    recoveries.increment();
    recoveryNanos.add(nanos);
  }

  /** Returns what was done since the last call. */
  public Counts take() {
    return new Counts(
        effects.sumThenReset(),
        recoveries.sumThenReset(),
        Duration.ofNanos(recoveryNanos.sumThenReset()));
  }
}
