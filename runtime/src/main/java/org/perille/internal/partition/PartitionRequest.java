package org.perille.internal.partition;

import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.PerilleSerializable;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.StoredTransaction;

/**
 * A request of workers and operators to a partition. Each is idempotent, and repeated until
 * answered.
 */
public sealed interface PartitionRequest extends Partition.Command, PerilleSerializable {

  /**
   * A worker's request to be fed.
   *
   * @param epoch the worker's epoch; larger than that of its predecessors
   * @param session the worker's attempt to be fed; rises within an epoch
   * @param requests receives the requests of others to the worker
   */
  record Attach(
      String subscription,
      long epoch,
      long session,
      ReadFrom from,
      ActorRef<FeedAnswer> worker,
      ActorRef<ConsumerController.Command<FeedBatch>> consumerController,
      ActorRef<WorkerRequest> requests)
      implements PartitionRequest {}

  /** A request to be passed to the worker of the subscription. */
  record ForWorker(String subscription, WorkerRequest request) implements PartitionRequest {}

  /** A query for the position at which a subscription would start. */
  record Locate(ReadFrom from, ActorRef<Located> replyTo) implements PartitionRequest {}

  /**
   * The answer to {@link Locate}.
   *
   * @param sequenceNumber a journal sequence number at or before the event with the offset
   */
  record Located(long offset, long sequenceNumber) implements PerilleSerializable {}

  /**
   * A worker's report of its durable progress.
   *
   * @param nextOffset the lowest offset that isn't finished
   * @param finishedAbove the number of finished offsets above it
   */
  record CursorReport(
      String subscription,
      long epoch,
      long nextOffset,
      long finishedAbove,
      PartitionProblems problems)
      implements PartitionRequest {}

  /** A query for the state of the partition. */
  record Describe(ActorRef<Description> replyTo) implements PartitionRequest {}

  /** The answer to {@link Describe}. */
  record Description(long endOffset, List<CursorReport> cursors) implements PerilleSerializable {}

  /**
   * A query for the offsets of a committed transaction's messages. Answered when all are stored.
   * Only logs of transactions get it.
   *
   * @param offset the offset of the transaction in its log
   */
  record AwaitTransaction(long offset, ActorRef<TransactionAnswer> replyTo)
      implements PartitionRequest {}

  /**
   * The answer to {@link AwaitTransaction}.
   *
   * @param transaction empty if the log doesn't remember it any more
   */
  record TransactionAnswer(Optional<StoredTransaction> transaction)
      implements PerilleSerializable {}
}
