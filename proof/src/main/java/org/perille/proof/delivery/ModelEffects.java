package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.testkit.history.Operation;

/** A model of a store that writes effects and the cursor in one transaction. */
final class ModelEffects implements EffectStore {
  /** A cursor beside the effects, and the epoch of its owner. */
  record Row(long epoch, Optional<CursorState> cursor) {}

  private final Simulation scenario;
  private final List<LongFunction<Operation>> effects = new ArrayList<>();
  private Row row = new Row(0, Optional.empty());

  ModelEffects(Simulation scenario) {
    this.scenario = scenario;
  }

  @Override
  public Claim<String> claim(ModelWorkerRun workerRun) {
    return new ModelClaim(scenario, this, workerRun);
  }

  Row take() {
    row = new Row(row.epoch + 1, row.cursor);
    return row;
  }

  Row row() {
    return row;
  }

  /**
   * Moves the cursor beside the effects.
   *
   * @return false if there is a later claim
   */
  boolean move(long epoch, CursorState cursor) {
    if (row.epoch != epoch) {
      return false;
    }
    row = new Row(epoch, Optional.of(cursor));
    return true;
  }

  /** Records durable effects. */
  void committed(List<Long> offsets, long epoch) {
    for (long offset : offsets) {
      effects.add(at -> scenario.history().effectFound(at, offset, epoch));
    }
  }

  @Override
  public Optional<CursorState> cursor() {
    return row.cursor;
  }

  @Override
  public boolean takesTurns() {
    return false;
  }

  @Override
  public void crashed(ModelWorkerRun workerRun) {
    // A crash hits either side of the only write.
  }

  @Override
  public void pass() {
    // Nothing times out here.
  }

  @Override
  public void fail() {
    // All faults are those of the writes.
  }

  @Override
  public void heal() {
    // Each write chooses its own fault.
  }

  @Override
  public void readEffects() {
    effects.forEach(scenario::record);
  }
}
