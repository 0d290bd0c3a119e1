package org.perille.sharding.internal.transaction;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.perille.Commit;
import org.perille.MessageId;
import org.perille.Receipt;

/** A commit whose outcome may not be known yet. */
public final class PendingCommit implements Commit {
  private final MessageId id;
  private final CompletableFuture<Done> committed = new CompletableFuture<>();
  private final CompletableFuture<List<Receipt>> receipts = new CompletableFuture<>();

  PendingCommit(MessageId id) {
    this.id = id;
  }

  /** Returns a commit that has failed. */
  public static Commit failed(MessageId id, RuntimeException failure) {
    PendingCommit commit = new PendingCommit(id);
    commit.fail(failure);
    return commit;
  }

  void isCommitted() {
    committed.complete(Done.getInstance());
  }

  void stored(List<Receipt> all) {
    committed.complete(Done.getInstance());
    receipts.complete(all);
  }

  /** Fails what isn't known yet. */
  void fail(RuntimeException failure) {
    committed.completeExceptionally(failure);
    receipts.completeExceptionally(failure);
  }

  @Override
  public MessageId id() {
    return id;
  }

  @Override
  public CompletionStage<Done> committed() {
    return committed;
  }

  @Override
  public CompletionStage<List<Receipt>> receipts() {
    return receipts;
  }
}
