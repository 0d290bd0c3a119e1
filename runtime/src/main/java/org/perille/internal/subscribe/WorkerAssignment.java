package org.perille.internal.subscribe;

import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.perille.Subscription;
import org.perille.Subscription.Processing;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.wire.PayloadCodec;

/**
 * The task of a worker: a partition of a subscription, and what it needs to handle it.
 *
 * @param name the subscription's name for the partition: that of the subscription, or of this
 *     node's share of an ephemeral one
 * @param partitionRequests takes what is asked of the partition
 * @param chainPublishers where messages go that are published for handled ones
 * @param journal where messages are read again that were deferred
 * @param limiter says how much may begin on this node
 * @param processing how the subscription's handler is called
 * @param time what is taken for the time
 */
public record WorkerAssignment<T>(
    String name,
    Subscription<T> subscription,
    PartitionId partition,
    WorkerSettings settings,
    PayloadCodec<T> codec,
    Executor threads,
    Consumer<PartitionRequest> partitionRequests,
    ChainPublisher.ChainPublishers chainPublishers,
    PartitionJournal journal,
    Limiter limiter,
    Processing<T> processing,
    WorkerTime time) {

  /** Calls the subscription's handler as it is, in the time of a clock. */
  public WorkerAssignment(
      String name,
      Subscription<T> subscription,
      PartitionId partition,
      WorkerSettings settings,
      PayloadCodec<T> codec,
      Executor threads,
      Consumer<PartitionRequest> partitionRequests,
      ChainPublisher.ChainPublishers chainPublishers,
      PartitionJournal journal,
      Limiter limiter,
      Clock clock) {
    this(
        name,
        subscription,
        partition,
        settings,
        codec,
        threads,
        partitionRequests,
        chainPublishers,
        journal,
        limiter,
        subscription.processing(),
        WorkerTime.of(clock));
  }

  /** The subscription and partition, human-readable. */
  String description() {
    return "%s, partition %d".formatted(subscription, partition.partition());
  }

  Clock clock() {
    return time.clock();
  }

  WorkerIds ids() {
    return new WorkerIds(partition, name);
  }
}
