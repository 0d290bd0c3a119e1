package org.perille.internal.limit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Limits;

class LimitActorsTest {
  private final ActorTestKit kit = ActorTestKit.create();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private NodeLimiter limiter() {
    return new NodeLimiter(
        "s",
        Limits.none().withConcurrencyInCluster(4),
        Optional.empty(),
        System::nanoTime,
        (delay, task) -> kit.scheduler().scheduleOnce(delay, task, kit.system().executionContext()),
        kit.system().executionContext());
  }

  @Test
  void a_client_asks_again_until_it_is_answered_and_then_at_the_time_of_the_answer() {
    TestProbe<LeaseRequest> coordinator = kit.createTestProbe();
    kit.spawn(LeaseClient.create(limiter(), "node", coordinator.ref()::tell));
    LeaseRequest first = coordinator.receiveMessage();
    LeaseRequest second = coordinator.receiveMessage();
    assertThat(second.report().number()).isEqualTo(first.report().number() + 1);
    second
        .replyTo()
        .tell(
            new LeaseGranted(
                second.report().number(), 3, 0, Duration.ofSeconds(9), Duration.ofMillis(1)));
    LeaseRequest third = coordinator.receiveMessage();
    assertThat(third.report().permits().orElseThrow().held()).isEqualTo(3);
  }

  @Test
  void two_nodes_and_a_coordinator_come_to_share_a_limit() {
    ActorRef<LeaseRequest> coordinator =
        kit.spawn(LimitCoordinator.create(System::nanoTime, () -> true));
    NodeLimiter one = limiter();
    NodeLimiter other = limiter();
    kit.spawn(LeaseClient.create(one, "one", coordinator::tell));
    kit.spawn(LeaseClient.create(other, "other", coordinator::tell));
    await()
        .atMost(180, SECONDS)
        .until(() -> one.describe().isEmpty() && other.describe().isEmpty());
  }

  @Test
  void a_coordinator_that_can_not_reach_all_gives_nothing_new() {
    TestProbe<LeaseGranted> answers = kit.createTestProbe();
    ActorRef<LeaseRequest> coordinator =
        kit.spawn(LimitCoordinator.create(new ManualClock()::next, () -> false));
    for (int i = 1; i <= 20; i++) {
      coordinator.tell(
          new LeaseRequest(
              new LeaseReport(
                  "node", i, Optional.of(new LeaseReport.Need(4, 0, 0, 4)), Optional.empty()),
              answers.ref()));
      assertThat(answers.receiveMessage().permits()).isZero();
    }
  }

  /** A clock that advances by a second whenever it is read. */
  private static final class ManualClock {
    private long now;

    long next() {
      now += SECONDS.toNanos(1);
      return now;
    }
  }
}
