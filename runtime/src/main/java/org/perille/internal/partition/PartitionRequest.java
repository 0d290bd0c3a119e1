package org.perille.internal.partition;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.perille.SubscriptionStatus.Trouble;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.subscribe.WorkerRequest;

/** What workers and operators ask of a partition; each may be repeated, and is until answered. */
public sealed interface PartitionRequest extends Partition.Command {

  /**
   * Worker to partition: feed me.
   *
   * @param incarnation of the worker; larger than that of its predecessors
   * @param session the worker's attempt to be fed; rises within an incarnation
   * @param requests takes what others ask of the worker
   */
  record Attach(
      String subscription,
      long incarnation,
      long session,
      ReadFrom from,
      ActorRef<FeedAnswer> worker,
      ActorRef<ConsumerController.Command<FeedBatch>> consumerController,
      ActorRef<WorkerRequest> requests)
      implements PartitionRequest {}

  /** Anyone to partition: pass this on to whoever works for the subscription. */
  record ForWorker(String subscription, WorkerRequest request) implements PartitionRequest {}

  /** Anyone to partition: where would this begin? */
  record Locate(ReadFrom from, ActorRef<Located> replyTo) implements PartitionRequest {}

  /**
   * Partition to whoever asked.
   *
   * @param sequenceNumber a journal sequence number at or before the event that holds the offset
   */
  record Located(long offset, long sequenceNumber) {}

  /**
   * Worker to partition: what is durably finished.
   *
   * @param nextOffset the lowest offset that isn't
   * @param finishedAbove how many offsets above it are
   */
  record CursorReport(
      String subscription, long incarnation, long nextOffset, long finishedAbove, Trouble trouble)
      implements PartitionRequest {}

  /** Anyone to partition: how things are. */
  record Describe(ActorRef<Description> replyTo) implements PartitionRequest {}

  /** Partition to whoever asked. */
  record Description(long endOffset, List<CursorReport> cursors) {}
}
