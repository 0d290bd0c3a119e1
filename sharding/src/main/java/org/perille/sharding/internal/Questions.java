package org.perille.sharding.internal;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.PartitionRequest;

/** What those who ask and order things need of the partitions. */
@FunctionalInterface
interface Questions {
  /** Asks a partition something, again and again until it answers or the time is over. */
  <A> CompletionStage<A> askUntilAnswered(
      PartitionId id, Function<ActorRef<A>, PartitionRequest> request, Duration timeout);
}
