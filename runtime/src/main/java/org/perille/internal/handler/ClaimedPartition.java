package org.perille.internal.handler;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorStates;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;

/**
 * A partition of a subscription whose cursor is stored beside its effects. Blocking calls run on
 * the handlers' threads.
 */
public final class ClaimedPartition<T> {
  /** Claims the partition; blocks. */
  @FunctionalInterface
  public interface Claimant<T> {
    Claim<T> claim() throws Exception;
  }

  private final Claim<T> claim;
  private final Executor executor;
  private final Executor later;
  private final CursorStates states;
  private final Optional<Cursor> cursor;

  /**
   * The last change of the cursor outside transactions. The changes run one after the other, in the
   * order of the calls.
   */
  private CompletionStage<?> changed = CompletableFuture.completedFuture(null);

  private ClaimedPartition(
      Claim<T> claim,
      Executor executor,
      Executor later,
      CursorStates states,
      Optional<Cursor> cursor) {
    this.claim = claim;
    this.executor = executor;
    this.later = later;
    this.states = states;
    this.cursor = cursor;
  }

  public static <T> CompletionStage<ClaimedPartition<T>> claim(
      Claimant<T> claimant, Executor executor) {
    return claim(claimant, executor, TransactionalInvoker.laterByTheClock());
  }

  /**
   * Claims a partition.
   *
   * @param executor runs blocking calls
   * @param later runs a task after the pause between two attempts to start a transaction
   */
  public static <T> CompletionStage<ClaimedPartition<T>> claim(
      Claimant<T> claimant, Executor executor, Executor later) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            Claim<T> claim = claimant.claim();
            CursorStates states = new CursorStates();
            return new ClaimedPartition<>(
                claim, executor, later, states, claim.stored().map(states::fromState));
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        },
        executor);
  }

  public long epoch() {
    return claim.epoch();
  }

  public Optional<Cursor> cursor() {
    return cursor;
  }

  /**
   * Returns the same claim with a cursor that was stored after the claim. Call it before the first
   * change.
   */
  public ClaimedPartition<T> startingWith(Cursor stored) {
    return new ClaimedPartition<>(claim, executor, later, states, Optional.of(stored));
  }

  /** Stores the first cursor. No other change may run meanwhile. */
  public CompletionStage<Cursor> begin(Cursor cursor) {
    return inTurn(ignored -> Optional.of(states.toState(cursor))).thenApply(done -> cursor);
  }

  /**
   * Changes the stored cursor, which may be ahead of the worker's copy.
   *
   * <p><b>Threading</b>: called by the worker alone.
   */
  public CompletionStage<Cursor> change(UnaryOperator<Cursor> change) {
    return inTurn(
            stored -> stored.map(state -> states.toState(change.apply(states.fromState(state)))))
        .thenApply(states::fromState);
  }

  private CompletionStage<CursorState> inTurn(
      Function<Optional<CursorState>, Optional<CursorState>> change) {
    CompletionStage<CursorState> next =
        changed.thenApplyAsync(
            before -> {
              try {
                return claim.change(stored -> change.apply(stored).orElseThrow());
              } catch (ClaimLostException e) {
                throw new CompletionException(e);
              }
            },
            executor);
    changed = next;
    return next;
  }

  /**
   * Returns the invoker that calls the handler in transactions.
   *
   * @param passed returns the offsets to finish with the next commit; called on any thread
   */
  public Invoker invoker(
      Deliveries<T> deliveries, SequenceIndex marks, Supplier<List<Long>> passed) {
    return new TransactionalInvoker<>(deliveries, claim, advance(states, marks, passed), later);
  }

  /**
   * Returns the function that advances the cursor in the transaction of an effect. It also finishes
   * the offsets that were passed before, so that they don't come again after the effect.
   */
  static Advance advance(CursorStates states, SequenceIndex marks, Supplier<List<Long>> passed) {
    return (state, finished) -> {
      Cursor current = states.fromState(state);
      for (long offset : finished) {
        if (current.isFinished(offset)) {
          throw new IllegalStateException(
              "INV-11 an effect happens once: offset %d is finished, and was handled again"
                  .formatted(offset));
        }
      }
      List<Long> all = new ArrayList<>(passed.get());
      all.addAll(finished);
      return states.toState(current.finish(all, marks));
    };
  }
}
