package org.perille.proof.delivery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.perille.Delivery;
import org.perille.proof.delivery.HandlerBehavior.KilledError;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.perille.spi.TransactionalHandler.NotStartedException;

/** A real claim that a run uses. It fails once the process of the run is gone. */
final class StoredClaim implements TransactionalHandler.Claim<String> {
  /** The reported time per message, long enough that transactions soon have few messages. */
  private static final Duration PER_MESSAGE = Duration.ofMillis(15);

  /** A call of {@link #process}, which may run a transaction several times. */
  private static final class Call {
    private final int abandonments;
    private final Set<Long> entered = new HashSet<>();
    private boolean running;

    Call(int abandonments) {
      this.abandonments = abandonments;
    }
  }

  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private final ArrayDeque<Call> calls = new ArrayDeque<>();
  private TransactionalHandler.Claim<String> claim;

  StoredClaim(Simulation scenario, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.workerRun = workerRun;
  }

  /**
   * Sets the real claim, once it is made.
   *
   * @return this object
   */
  StoredClaim of(TransactionalHandler.Claim<String> made) {
    claim = made;
    return this;
  }

  /** Returns whether a transaction is under way. */
  boolean isRunning() {
    return calls.stream().anyMatch(call -> call.running);
  }

  @Override
  public long epoch() {
    return claim.epoch();
  }

  @Override
  public Optional<CursorState> stored() {
    return claim.stored();
  }

  @Override
  public CursorState change(Function<Optional<CursorState>, CursorState> change)
      throws ClaimLostException {
    try {
      return claim.change(change);
    } catch (ClaimLostException e) {
      requireAlive();
      noteLost(e);
      throw e;
    }
  }

  @Override
  public Duration process(List<Delivery<String>> deliveries, TransactionalHandler.Advance advance)
      throws EffectFailedException, ClaimLostException, NotStartedException {
    Call call = new Call(workerRun.handler().abandonments());
    calls.push(call);
    try {
      Duration unused = claim.process(deliveries, advance);
    } catch (EffectFailedException | RuntimeException e) {
      requireAlive();
      throw e;
    } catch (ClaimLostException e) {
      requireAlive();
      noteLost(e);
      throw e;
    } catch (NotStartedException e) {
      requireAlive();
      scenario.mark(StorageMark.NOT_STARTED);
      scenario.ledger().notStarted(workerRun, call.entered);
      throw e;
    } finally {
      calls.remove(call);
      workerRun.handler().uncommitted().removeAll(call.entered);
    }
    scenario.meanwhile();
    requireAlive();
    return PER_MESSAGE.multipliedBy(deliveries.size());
  }

  private void noteLost(ClaimLostException failure) {
    if (failure.getCause() == null) {
      scenario.mark(Mark.CLAIM_LOST);
    }
  }

  private void requireAlive() {
    if (workerRun.isDead()) {
      throw new KilledError();
    }
  }

  /**
   * Handles a message of the running transaction.
   *
   * <p>If the transaction runs again because of a conflict, the handler isn't called again for the
   * message.
   */
  void handle(Delivery<String> delivery) {
    Call call = calls.element();
    if (!call.running && isRunning() && scenario.effects().takesTurns()) {
      scenario.violated(
          new AssertionError("transactions of a partition that have to take turns overlap"));
    }
    call.running = true;
    if (call.entered.add(delivery.offset())) {
      workerRun.handler().handle(delivery, workerRun.handler().abandonments() > call.abandonments);
      workerRun.handler().uncommitted().add(delivery.offset());
    } else {
      scenario.mark(StorageMark.RUN_AGAIN);
    }
  }
}
