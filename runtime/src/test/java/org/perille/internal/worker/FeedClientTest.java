package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.perille.Health.Problem;
import org.perille.internal.NodeProblems;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.partition.PartitionRequest;
import org.perille.internal.partition.WorkerRequest;

/** Goal: the health of the node shows a worker that receives nothing. */
class FeedClientTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  private final AtomicReference<PartitionRequest.Attach> asked = new AtomicReference<>();
  private final TestProbe<WorkerEvent> worker = KIT.createTestProbe(WorkerEvent.class);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private ActorRef<FeedClient.Command> feedClient(String description) {
    return KIT.spawn(
        FeedClient.create(
            new FeedClient.Subscriber(
                "s", 1, KIT.createTestProbe(WorkerRequest.class).getRef(), description),
            new ReadFrom.Earliest(),
            4,
            new Decompressor(1 << 20),
            request -> asked.set((PartitionRequest.Attach) request),
            worker.getRef()));
  }

  private PartitionRequest.Attach awaitAsked() {
    await().atMost(TIMEOUT).until(() -> asked.get() != null);
    return asked.get();
  }

  @Test
  void a_worker_that_is_refused_is_a_problem_of_its_node_until_it_is_attached() {
    ActorRef<FeedClient.Command> feedClient = feedClient("refused");
    PartitionRequest.Attach attach = awaitAsked();
    attach.worker().tell(new FeedAnswer.Refused(1, attach.session(), "planned"));
    await()
        .atMost(TIMEOUT)
        .until(
            () ->
                NodeProblems.of(KIT.system())
                    .list()
                    .contains(new Problem("refused", "it can't be fed: planned")));
    worker.expectMessage(TIMEOUT, new WorkerEvent.FeedAnswered(Optional.of("planned")));
    attach
        .worker()
        .tell(
            new FeedAnswer.Attached(
                1,
                attach.session(),
                0,
                0,
                Optional.empty(),
                KIT.createTestProbe(Void.class).getRef()));
    worker.expectMessageClass(WorkerEvent.FeedStarts.class, TIMEOUT);
    assertThat(NodeProblems.of(KIT.system()).list()).isEmpty();
    KIT.stop(feedClient, TIMEOUT);
  }

  @Test
  void a_worker_that_has_ended_is_no_problem_any_more() {
    ActorRef<FeedClient.Command> feedClient = feedClient("ended");
    PartitionRequest.Attach attach = awaitAsked();
    attach.worker().tell(new FeedAnswer.Refused(1, attach.session(), "planned"));
    await().atMost(TIMEOUT).until(() -> !NodeProblems.of(KIT.system()).list().isEmpty());
    KIT.stop(feedClient, TIMEOUT);
    assertThat(NodeProblems.of(KIT.system()).list()).isEmpty();
  }
}
