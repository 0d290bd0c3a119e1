package org.perille.internal.partition;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;

/** What workers and operators ask of a partition; each may be repeated, and is until answered. */
public sealed interface PartitionRequest extends Partition.Command {

  /**
   * Worker to partition: feed me.
   *
   * @param incarnation of the worker; larger than that of its predecessors
   * @param session the worker's attempt to be fed; rises within an incarnation
   * @param finishedAbove how many offsets above the resumed one are finished
   */
  record Attach(
      String subscription,
      long incarnation,
      long session,
      ReadFrom from,
      long finishedAbove,
      ActorRef<FeedAnswer> worker,
      ActorRef<ConsumerController.Command<FeedBatch>> consumerController)
      implements PartitionRequest {}

  /**
   * Worker to partition: what is durably finished.
   *
   * @param nextOffset the lowest offset that isn't
   * @param finishedAbove how many offsets above it are
   */
  record CursorReport(String subscription, long incarnation, long nextOffset, long finishedAbove)
      implements PartitionRequest {}

  /** Anyone to partition: how things are. */
  record Describe(ActorRef<Description> replyTo) implements PartitionRequest {}

  /** Partition to whoever asked. */
  record Description(long endOffset, List<CursorReport> cursors) {}
}
