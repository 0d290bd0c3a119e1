package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.get;
import static org.perille.sharding.FailureKit.topic;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

/** A handler that doesn't return and has no deadline is reported. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HangingHandlersTest {
  private final FailureKit kit = new FailureKit("perille.subscription.hanging-after = 100ms");

  @AfterAll
  void stop() {
    kit.close();
  }

  @Test
  void a_call_that_hangs_is_warned_of_once_and_counted_until_it_ends(TestInfo test)
      throws Exception {
    Topic<Note> topic = topic(test);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Void> stage = new CompletableFuture<>();
    Subscription<Note> blocking =
        Subscription.of("blocking", topic)
            .atLeastOnce(
                delivery -> {
                  if (delivery.key().equals("slow")) {
                    assertThat(release.await(120, SECONDS)).isTrue();
                  }
                });
    Subscription<Note> async =
        Subscription.of("async", topic)
            .atLeastOnceAsync(
                delivery ->
                    delivery.key().equals("slow")
                        ? stage
                        : CompletableFuture.completedFuture(null));
    kit.perille.register(blocking, async);
    Receipt slow =
        LoggingTestKit.warn("has been handling " + topic.name() + "/0 offset 0 (key 'slow')")
            .withOccurrences(2)
            .expect(
                kit.perille.system(),
                () -> {
                  try {
                    Receipt published = kit.publish(topic, "slow", 0);
                    for (Subscription<Note> each : List.of(blocking, async)) {
                      kit.handle(each, "quick", 1);
                      await().atMost(60, SECONDS).until(() -> kit.problems(each).hanging() == 1);
                    }
                    return published;
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                });
    release.countDown();
    stage.complete(null);
    for (Subscription<Note> each : List.of(blocking, async)) {
      get(kit.perille.subscription(each).awaitHandled(slow));
      kit.awaitWell(each);
    }
  }
}
