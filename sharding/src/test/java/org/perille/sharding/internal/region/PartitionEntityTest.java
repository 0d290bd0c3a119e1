package org.perille.sharding.internal.region;

import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.perille.internal.partition.Partition;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WakePartition;

class PartitionEntityTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  private final TestProbe<String> owner = KIT.createTestProbe();
  private final CompletableFuture<Boolean> used = new CompletableFuture<>();
  private final ActorRef<Object> entity = KIT.spawn(PartitionEntity.create(owner(), () -> used));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  /** Tells the probe when it starts, and what it receives from others. */
  private Behavior<Partition.Command> owner() {
    return Behaviors.setup(
        context -> {
          owner.getRef().tell("started");
          return Behaviors.receive(Partition.Command.class)
              .onMessage(
                  PartitionRequest.class,
                  request -> {
                    owner.getRef().tell("requested");
                    return Behaviors.same();
                  })
              .onMessage(Partition.UseConsumerController.class, use -> Behaviors.same())
              .build();
        });
  }

  private static PartitionRequest request() {
    return new PartitionRequest.Describe(KIT.system().ignoreRef());
  }

  @Test
  void a_partition_that_was_never_used_is_not_started_by_waking_it() {
    entity.tell(WakePartition.INSTANCE);
    used.complete(false);
    owner.expectNoMessage();
  }

  @Test
  void a_partition_that_was_used_is_started_by_waking_it() {
    entity.tell(WakePartition.INSTANCE);
    used.complete(true);
    owner.expectMessage("started");
  }

  @Test
  void a_partition_is_started_if_it_is_unknown_whether_it_was_used() {
    entity.tell(WakePartition.INSTANCE);
    used.completeExceptionally(new IllegalStateException("the database is away"));
    owner.expectMessage("started");
  }

  @Test
  void a_request_starts_a_partition_that_was_never_used_and_is_passed_to_it() {
    entity.tell(request());
    owner.expectMessage("started");
    owner.expectMessage("requested");
  }

  @Test
  void a_partition_starts_once() {
    entity.tell(WakePartition.INSTANCE);
    entity.tell(request());
    owner.expectMessage("started");
    owner.expectMessage("requested");
    used.complete(true);
    entity.tell(WakePartition.INSTANCE);
    owner.expectNoMessage();
  }
}
