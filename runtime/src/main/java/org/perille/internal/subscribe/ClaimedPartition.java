package org.perille.internal.subscribe;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
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

  private ClaimedPartition(Claim<T> claim, Executor executor) {
    this.claim = claim;
    this.executor = executor;
  }

  static <T> CompletionStage<ClaimedPartition<T>> claim(Claimant<T> claimant, Executor executor) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new ClaimedPartition<>(claimant.claim(), executor);
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        },
        executor);
  }

  long incarnation() {
    return claim.epoch();
  }

  Optional<Cursor> cursor() {
    return claim.stored().map(CursorCodec::fromState);
  }

  CompletionStage<Cursor> begin(Cursor cursor) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            claim.begin(CursorCodec.toState(cursor));
            return cursor;
          } catch (ClaimLostException e) {
            throw new CompletionException(e);
          }
        },
        executor);
  }

  Invoker invoker(Deliveries<T> deliveries, BatchMarks marks) {
    Advance advance =
        (current, finished) ->
            CursorCodec.toState(
                CursorCodec.fromState(current).finish(finished, marks::sequenceNumberAt));
    return new TransactionalInvoker<>(deliveries, claim, advance);
  }
}
