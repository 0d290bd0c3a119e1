package org.perille.internal.subscribe;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.Subscription;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureState;
import org.perille.internal.log.PartitionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the cursor of a subscription that was no transactional one over to a claim, if that has
 * none. The journal has refused its former owners before, so nobody moves it any more.
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
    // A transactional worker takes what had begun and is finished for committed. Its cursor says of
    // these that nothing is committed: a function may have been interrupted.
    this.cursor = before.cursor().map(found -> found.reopen(begun(failures)));
    this.again = before.handedOver();
    this.description = subscription + ", partition " + partition;
  }

  private static List<Long> begun(FailureState failures) {
    return failures.deferred().values().stream()
        .flatMap(Collection::stream)
        .filter(DeferredMessage::begun)
        .map(DeferredMessage::offset)
        .toList();
  }

  /** The claim, with the cursor durable beside the effects. */
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
