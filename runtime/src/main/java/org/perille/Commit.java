package org.perille;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;

/**
 * The commit of a transaction, which may be under way.
 *
 * <p><b>Failure</b>: a stage fails with {@link PublishRefusedException} if the transaction
 * certainly isn't committed and never will be. It fails with {@link PublishUnknownException} if the
 * outcome isn't known: repeating the transaction under its id is safe. Time-out of both stages:
 * {@code perille.publisher.timeout} (default: 30 s).
 *
 * <p><b>Threading</b>: safe for use by any number of threads. Stages complete on threads that run
 * only callbacks of applications. All transactions of the node together use at most {@code
 * perille.publisher.callback-threads} of them at the same time (default: 8).
 */
public interface Commit {
  /** Returns the id of the transaction. */
  MessageId id();

  /**
   * Returns a stage that completes when the transaction is durable. From then on all its messages
   * will be stored, whatever crashes.
   */
  CompletionStage<Done> committed();

  /**
   * Returns a stage with the receipts of all messages, in the order in which they were added. It
   * completes when all messages are stored in their topics.
   *
   * <p>A receipt is a {@linkplain Receipt#duplicate() duplicate} if the transaction was committed
   * before under its id, or the message was stored before under an id of its own.
   *
   * <p>If it fails with {@link PublishUnknownException} after {@link #committed()} has completed,
   * the messages will be stored nevertheless.
   */
  CompletionStage<List<Receipt>> receipts();
}
