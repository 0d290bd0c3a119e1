package org.perille.internal.worker;

import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.perille.Subscription;
import org.perille.internal.cursor.WorkerIds;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.handler.WorkerTime;
import org.perille.internal.hook.Listeners;
import org.perille.internal.limit.Limiter;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.payload.PayloadCodec;
import org.perille.internal.settings.WorkerSettings;
import org.perille.spi.Processing;

/**
 * The assignment of a worker: a partition of a subscription, and everything that is needed to
 * handle it.
 *
 * @param name the subscription's name in the partition: its own name, or that of this node's share
 *     of an ephemeral one
 * @param partitionRequests receives the requests to the partition
 * @param chainPublishers publish the messages that handlers send
 * @param journal reads deferred messages again
 * @param limiter limits how much may begin on this node
 * @param processing the way in which the handler is called
 * @param time the clocks of the worker
 * @param listeners learn which attempts fail
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
    WorkerTime time,
    Listeners listeners) {

  /** Creates an assignment that calls the subscription's own handler, in the time of a clock. */
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
        Processing.of(subscription),
        WorkerTime.of(clock),
        Listeners.NONE);
  }

  /** Returns the subscription and partition, human-readable. */
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
