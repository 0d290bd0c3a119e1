package org.perille.sharding.internal.region;

import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.perille.internal.partition.WakeWorker;
import org.perille.internal.partition.WorkerCommand;
import org.perille.internal.worker.Worker;

class WorkerEntityTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  private final TestProbe<String> worker = KIT.createTestProbe();
  private final CompletableFuture<Boolean> needed = new CompletableFuture<>();
  private final ActorRef<WorkerCommand> entity =
      KIT.spawn(WorkerEntity.create(worker(), () -> needed));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  /** Tells the probe when it starts, and ends on request. */
  private Behavior<WorkerCommand> worker() {
    return Behaviors.setup(
        context -> {
          worker.getRef().tell("started");
          return Behaviors.receive(WorkerCommand.class)
              .onMessage(
                  Worker.Stop.class,
                  stop -> {
                    worker.getRef().tell("stopped");
                    return Behaviors.stopped();
                  })
              .build();
        });
  }

  @Test
  void a_worker_with_nothing_to_do_starts_only_when_it_is_woken() {
    needed.complete(false);
    worker.expectNoMessage();
    entity.tell(WakeWorker.INSTANCE);
    worker.expectMessage("started");
  }

  @Test
  void a_worker_that_may_have_something_to_do_starts_by_itself() {
    needed.complete(true);
    worker.expectMessage("started");
  }

  @Test
  void a_worker_starts_if_it_is_unknown_whether_there_is_something_to_do() {
    needed.completeExceptionally(new IllegalStateException("the database is away"));
    worker.expectMessage("started");
  }

  @Test
  void a_worker_that_is_woken_before_the_answer_starts_once() {
    entity.tell(WakeWorker.INSTANCE);
    worker.expectMessage("started");
    needed.complete(true);
    entity.tell(WakeWorker.INSTANCE);
    worker.expectNoMessage();
  }

  @Test
  void an_entity_without_a_worker_ends_at_once() {
    needed.complete(false);
    TestProbe<Void> watch = KIT.createTestProbe();
    entity.tell(Worker.Stop.INSTANCE);
    watch.expectTerminated(entity);
  }

  @Test
  void an_entity_ends_when_its_worker_has_handed_over() {
    needed.complete(true);
    worker.expectMessage("started");
    TestProbe<Void> watch = KIT.createTestProbe();
    entity.tell(Worker.Stop.INSTANCE);
    worker.expectMessage("stopped");
    watch.expectTerminated(entity);
  }
}
