package org.perille.internal.subscribe;

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
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;

/**
 * A partition of a subscription whose cursor lives beside its effects. Calls that block run on the
 * handlers' threads.
 */
final class ClaimedPartition<T> {
  /** Makes a claim; blocks. */
  @FunctionalInterface
  interface Claimant<T> {
    Claim<T> claim() throws Exception;
  }

  private final Claim<T> claim;
  private final Executor executor;
  private final Executor later;
  private final CursorStates states;
  private final Optional<Cursor> cursor;

  /** Changes of the cursor beside transactions come one after the other, as they were asked for. */
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

  static <T> CompletionStage<ClaimedPartition<T>> claim(Claimant<T> claimant, Executor executor) {
    return claim(claimant, executor, TransactionalInvoker.laterByTheClock());
  }

  /**
   * Makes a claim.
   *
   * @param executor runs what blocks
   * @param later runs what waits between two attempts to start a transaction
   */
  static <T> CompletionStage<ClaimedPartition<T>> claim(
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

  long epoch() {
    return claim.epoch();
  }

  Optional<Cursor> cursor() {
    return cursor;
  }

  /** The same, before its first change, with a cursor that was stored after it was claimed. */
  ClaimedPartition<T> startingWith(Cursor stored) {
    return new ClaimedPartition<>(claim, executor, later, states, Optional.of(stored));
  }

  /** Makes a cursor durable; nothing else may change it meanwhile. */
  CompletionStage<Cursor> begin(Cursor cursor) {
    return inTurn(ignored -> Optional.of(states.toState(cursor))).thenApply(done -> cursor);
  }

  /**
   * Changes the cursor as it is in the store, which may be further than anybody knows here.
   *
   * <p><b>Threading</b>: called by the worker alone.
   */
  CompletionStage<Cursor> change(UnaryOperator<Cursor> change) {
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
   * What calls the handler in transactions.
   *
   * @param passed what is to be finished with whatever is committed next; asked on any thread
   */
  Invoker invoker(Deliveries<T> deliveries, SequenceIndex marks, Supplier<List<Long>> passed) {
    return new TransactionalInvoker<>(deliveries, claim, advance(states, marks, passed), later);
  }

  /** What was passed before an effect is durable with it: it must not come again behind it. */
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
