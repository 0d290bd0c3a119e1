package org.perille.internal.worker;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.Subscription;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorLog;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureState;
import org.perille.internal.handler.ClaimedPartition;
import org.perille.internal.log.PartitionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the cursor of a formerly non-transactional subscription over to a claim that has no cursor.
 *
 * <p>The journal has fenced the former owners before. So no other worker moves the cursor any more.
 */
final class CursorHandOver {
  private static final Logger LOG = LoggerFactory.getLogger(CursorHandOver.class);

  private final Optional<Cursor> cursor;
  private final boolean again;
  private final String description;

  CursorHandOver(
      CursorLog.Recovered before,
      FailureState failures,
      Subscription<?> subscription,
      PartitionId partition) {
    // A transactional worker takes messages that had begun and are finished for committed.
    // Reopening them states that nothing is committed: a function may have been interrupted.
    this.cursor = before.cursor().map(found -> found.reopen(begun(failures)));
    this.again = before.handedOver();
    this.description = subscription + ", partition " + partition;
  }

  private static List<Long> begun(FailureState failures) {
    return failures.deferred().byGroup().values().stream()
        .flatMap(Collection::stream)
        .filter(DeferredMessage::begun)
        .map(DeferredMessage::offset)
        .toList();
  }

  /** Returns the claim when the cursor is durable beside the effects. */
  <T> CompletionStage<ClaimedPartition<T>> to(ClaimedPartition<T> claimed) {
    if (cursor.isEmpty() || claimed.cursor().isPresent()) {
      return CompletableFuture.completedFuture(claimed);
    }
    if (again) {
      LOG.warn(
          "{}: the JDBC handler's cursor is gone, and what it has handled since it took over from the journal at offset {} is handled again. If its table was emptied by mistake, stop now and restore it",
          description,
          cursor.get().nextOffset());
    } else {
      LOG.info(
          "{}: the JDBC handler takes the cursor over from the journal, at offset {}",
          description,
          cursor.get().nextOffset());
    }
    return claimed.begin(cursor.get()).thenApply(claimed::startingWith);
  }
}
