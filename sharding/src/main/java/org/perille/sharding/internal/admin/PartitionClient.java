package org.perille.sharding.internal.admin;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;

/** The partitions, as queries and operations see them. */
@FunctionalInterface
public interface PartitionClient {
  /** Sends a request to a partition, repeatedly, until it answers or the time-out expires. */
  <A> CompletionStage<A> askUntilAnswered(
      PartitionId id, Function<ActorRef<A>, PartitionRequest> request, Duration timeout);
}
