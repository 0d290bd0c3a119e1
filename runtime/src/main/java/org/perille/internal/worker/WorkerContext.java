package org.perille.internal.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.perille.Subscription;
import org.perille.internal.Pure;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.log.PartitionId;
import org.perille.internal.settings.WorkerSettings;

/**
 * The context that the decision classes of one worker share.
 *
 * <p>It has the subscription and its limits, the time of the current event, and the actions that
 * follow from the event.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class WorkerContext {
  private final Subscription<?> subscription;
  private final PartitionId partition;
  private final WorkerSettings settings;
  private final CursorPolicy policy;
  private final EffectPolicy effects;
  private final DoubleSupplier chance;
  private List<WorkerAction> actions = new ArrayList<>();
  private long nowMillis;

  /**
   * Creates the context of a worker.
   *
   * @param chance returns random numbers of at least 0 and less than 1
   */
  WorkerContext(
      Subscription<?> subscription,
      PartitionId partition,
      WorkerSettings settings,
      EffectPolicy effects,
      DoubleSupplier chance) {
    this.subscription = subscription;
    this.partition = partition;
    this.settings = settings;
    this.policy = CursorPolicy.of(subscription);
    this.effects = effects;
    this.chance = chance;
  }

  Subscription<?> subscription() {
    return subscription;
  }

  PartitionId partition() {
    return partition;
  }

  WorkerSettings settings() {
    return settings;
  }

  CursorPolicy policy() {
    return policy;
  }

  EffectPolicy effects() {
    return effects;
  }

  double chance() {
    return chance.getAsDouble();
  }

  /** Returns the time of the current event. */
  long now() {
    return nowMillis;
  }

  /** Sets the time of the current event. */
  void at(long millis) {
    nowMillis = millis;
  }

  void add(WorkerAction action) {
    actions.add(action);
  }

  void note(WorkerNote note) {
    add(new WorkerAction.Note(note));
  }

  void reply(WorkerReply<?> reply) {
    add(new WorkerAction.Reply(reply));
  }

  /** Returns the actions since the last call, in order. */
  List<WorkerAction> takeActions() {
    if (actions.isEmpty()) {
      return List.of();
    }
    List<WorkerAction> taken = actions;
    actions = new ArrayList<>();
    return taken;
  }
}
