package org.perille.internal.pace;

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

class ShareActorsTest {
  private final ActorTestKit kit = ActorTestKit.create();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private NodeGate gate() {
    return new NodeGate(
        "s",
        Limits.NONE.withConcurrencyInCluster(4),
        Optional.empty(),
        System::nanoTime,
        (delay, task) -> kit.scheduler().scheduleOnce(delay, task, kit.system().executionContext()),
        kit.system().executionContext());
  }

  @Test
  void an_asker_asks_again_until_it_is_answered_and_then_as_it_is_told() {
    TestProbe<ShareRequest> keeper = kit.createTestProbe();
    kit.spawn(ShareAsker.create(gate(), "node", keeper.ref()::tell));
    ShareRequest first = keeper.receiveMessage();
    ShareRequest second = keeper.receiveMessage();
    assertThat(second.report().number()).isEqualTo(first.report().number() + 1);
    second
        .replyTo()
        .tell(
            new ShareAnswer(
                second.report().number(), 3, 0, Duration.ofSeconds(9), Duration.ofMillis(1)));
    ShareRequest third = keeper.receiveMessage();
    assertThat(third.report().permits().orElseThrow().held()).isEqualTo(3);
  }

  @Test
  void two_nodes_and_a_keeper_come_to_share_a_limit() {
    ActorRef<ShareRequest> keeper = kit.spawn(ShareKeeper.create(System::nanoTime, () -> true));
    NodeGate one = gate();
    NodeGate other = gate();
    kit.spawn(ShareAsker.create(one, "one", keeper::tell));
    kit.spawn(ShareAsker.create(other, "other", keeper::tell));
    await()
        .atMost(180, SECONDS)
        .until(() -> one.describe().isEmpty() && other.describe().isEmpty());
  }

  @Test
  void a_keeper_that_can_not_reach_all_gives_nothing_new() {
    TestProbe<ShareAnswer> answers = kit.createTestProbe();
    ActorRef<ShareRequest> keeper =
        kit.spawn(ShareKeeper.create(new ManualClock()::next, () -> false));
    for (int i = 1; i <= 20; i++) {
      keeper.tell(
          new ShareRequest(
              new ShareReport(
                  "node", i, Optional.of(new ShareReport.Need(4, 0, 0, 4)), Optional.empty()),
              answers.ref()));
      assertThat(answers.receiveMessage().permits()).isZero();
    }
  }

  /** A second passes whenever somebody looks. */
  private static final class ManualClock {
    private long now;

    long next() {
      now += SECONDS.toNanos(1);
      return now;
    }
  }
}
