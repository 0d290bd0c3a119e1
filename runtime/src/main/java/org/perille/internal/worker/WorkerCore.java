package org.perille.internal.worker;

import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.perille.Subscription;
import org.perille.internal.Pure;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.internal.effect.HandledOffsets;
import org.perille.internal.failure.FailureState;
import org.perille.internal.log.PartitionId;
import org.perille.internal.settings.WorkerSettings;

/**
 * The state machine of one run of a worker: events in, actions out.
 *
 * <p>It uses no actors, clocks, threads or logs; the {@link Worker} executes its actions.
 *
 * <p><b>Threading</b>: used by the worker alone, except {@link #durablyHandled}, {@link #marks} and
 * {@link #passedBeforeNow}.
 */
@Pure
public final class WorkerCore {
  private final WorkerContext context;
  private final SequenceIndex marks = new SequenceIndex();
  private final HandledOffsets durablyHandled = new HandledOffsets();
  private final CursorKeeper cursors;
  private final Recovering recovering;
  private Optional<PartitionWork> work = Optional.empty();
  private WorkerState state;

  public WorkerCore(
      Subscription<?> subscription,
      PartitionId partition,
      WorkerSettings settings,
      EffectPolicy effects,
      DoubleSupplier chance) {
    this.context = new WorkerContext(subscription, partition, settings, effects, chance);
    this.cursors = new CursorKeeper(context, marks);
    this.recovering = new Recovering(context, cursors, marks, durablyHandled);
    this.state = recovering;
  }

  /** Starts the recovery; returns the actions that follow. */
  public List<WorkerAction> begin() {
    recovering.begin();
    return context.takeActions();
  }

  /** Processes an event; returns the actions that follow, in order. */
  public List<WorkerAction> on(WorkerEvent event, long nowMillis) {
    context.at(nowMillis);
    state = state.on(event);
    if (state instanceof Active active) {
      work = Optional.of(active.work());
    }
    return context.takeActions();
  }

  /** Returns the phase that the worker is in. */
  public WorkerState state() {
    return state;
  }

  public CursorPolicy policy() {
    return context.policy();
  }

  /** Returns the offsets that were durably handled. Called on any thread. */
  public HandledOffsets durablyHandled() {
    return durablyHandled;
  }

  /** Returns the positions of batches in the journal. Called on any thread. */
  public SequenceIndex marks() {
    return marks;
  }

  /**
   * Returns the offsets that an effect must make durable along with itself. Called on any thread.
   */
  public List<Long> passedBeforeNow() {
    return cursors.passedBeforeNow();
  }

  /**
   * Returns how the worker has ended; empty if it hasn't. A worker that has ended ignores all
   * events.
   */
  public Optional<WorkerEnd> end() {
    return state instanceof Ended ended ? Optional.of(ended.how()) : Optional.empty();
  }

  /** Returns whether the worker is about to end and begins nothing new. */
  public boolean isEnding() {
    return state instanceof Stopping || state instanceof Ended;
  }

  /** Returns the current failures, whether or not they are durable. */
  public FailureState failures() {
    return work.map(recovered -> recovered.journal().failures()).orElseGet(recovering::failures);
  }

  /** Returns whether all recorded failures are durable. */
  public boolean areFailuresDurable() {
    return work.map(recovered -> recovered.journal().isDurable()).orElse(true);
  }

  /** Returns whether a discard of dead letters is recorded and not durable yet. */
  public boolean isDiscarding() {
    return work.map(recovered -> recovered.journal().isDiscarding()).orElse(false);
  }

  /** Returns the current cursor, whether or not it is durable. */
  public Optional<Cursor> cursor() {
    return cursors.cursor();
  }

  /** Returns the durable cursor. */
  public Optional<Cursor> durableCursor() {
    return cursors.durable();
  }
}
