package org.perille.proof.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.perille.Delivery;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorStates;
import org.perille.proof.delivery.HandlerBehavior.KilledError;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;

/** A claim on a store that writes effects and the cursor in one transaction. */
final class ModelClaim implements TransactionalHandler.Claim<String> {
  /** The reported time per message, long enough that transactions soon have few messages. */
  private static final Duration PER_MESSAGE = Duration.ofMillis(15);

  private final Simulation scenario;
  private final ModelEffects store;
  private final ModelWorkerRun workerRun;
  private final ModelEffects.Row claimed;

  ModelClaim(Simulation scenario, ModelEffects store, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.store = store;
    this.workerRun = workerRun;
    this.claimed = store.take();
  }

  @Override
  public long epoch() {
    return claimed.epoch();
  }

  @Override
  public Optional<CursorState> stored() {
    return claimed.cursor();
  }

  @Override
  public CursorState change(Function<Optional<CursorState>, CursorState> change)
      throws ClaimLostException {
    CursorState next = change.apply(store.row().cursor());
    commit(next, stored -> {});
    return next;
  }

  @Override
  public Duration process(List<Delivery<String>> deliveries, TransactionalHandler.Advance advance)
      throws EffectFailedException, ClaimLostException {
    List<Long> offsets = deliveries.stream().map(Delivery::offset).toList();
    advance.begin();
    try {
      handle(deliveries);
      scenario.meanwhile();
      requireAlive();
      requireLatest();
      scenario.tell(workerRun, "commits", offsets);
      commit(
          advance.apply(store.row().cursor().orElseThrow(), offsets),
          next -> {
            store.committed(offsets, epoch());
            scenario.ledger().committed(offsets, next.generation().number());
          });
    } finally {
      workerRun.handler().uncommitted().removeAll(offsets);
    }
    scenario.meanwhile();
    requireAlive();
    return PER_MESSAGE.multipliedBy(deliveries.size());
  }

  private void handle(List<Delivery<String>> deliveries) throws EffectFailedException {
    int abandonments = workerRun.handler().abandonments();
    for (Delivery<String> delivery : deliveries) {
      try {
        workerRun.handler().handle(delivery, workerRun.handler().abandonments() > abandonments);
        workerRun.handler().uncommitted().add(delivery.offset());
      } catch (RuntimeException e) {
        throw new EffectFailedException(delivery.offset(), e);
      }
    }
  }

  private void requireAlive() {
    if (workerRun.isDead()) {
      throw new KilledError();
    }
  }

  private void requireLatest() throws ClaimLostException {
    if (store.row().epoch() != epoch()) {
      scenario.mark(Mark.CLAIM_LOST);
      throw new ClaimLostException("there is a later claim", null);
    }
  }

  private void commit(CursorState next, Consumer<Cursor> whenStored) throws ClaimLostException {
    requireLatest();
    ModelFault fault = scenario.faults().ofWrite();
    if (fault.stores()) {
      store.move(epoch(), next);
      try {
        whenStored.accept(new CursorStates().fromState(next));
      } catch (AssertionError e) {
        scenario.violated(e);
      }
    }
    if (fault != ModelFault.NONE) {
      throw new ClaimLostException("the outcome is unknown", null);
    }
  }
}
