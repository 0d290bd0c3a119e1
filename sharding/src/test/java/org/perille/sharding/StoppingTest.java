package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.junit.jupiter.api.Test;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

/**
 * Goal: the last node of a cluster waits for nothing but its running handlers when it stops.
 *
 * <p>Its workers have been placed before.
 */
class StoppingTest {
  record Note(String key) implements PerilleMessage {}

  private static final Topic<Note> NOTES =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);

  /**
   * Starts a node and waits for the placement. A region that stops before its shards have been
   * placed also needs a time-out.
   */
  private static Perille startAndPlace(Config config, Subscription<Note> subscription) {
    Perille perille = Perille.start(config, subscription);
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                perille
                    .subscription(subscription)
                    .status()
                    .toCompletableFuture()
                    .get(180, SECONDS)
                    .attached());
    return perille;
  }

  private static Receipt publish(Perille perille) throws Exception {
    return perille.publisher(NOTES).publish(new Note("a")).toCompletableFuture().get(180, SECONDS);
  }

  /** Stops the node, without the time-out of a region that holds messages for stopped shards. */
  private static void stopWithoutTimeout(Perille perille) {
    LoggingTestKit.warn("Graceful shutdown of shard region timed out")
        .withOccurrences(0)
        .expect(
            perille.system(),
            () -> {
              perille.close();
              return Done.getInstance();
            });
  }

  @Test
  void a_handler_that_takes_longer_to_end_than_workers_are_missed_holds_up_only_itself()
      throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    Perille perille =
        startAndPlace(
            Memory.config(),
            Subscription.of("slow", NOTES)
                .atLeastOnce(
                    delivery -> {
                      running.countDown();
                      ended.complete(!never.await(3, SECONDS));
                    }));
    publish(perille);
    assertThat(running.await(180, SECONDS)).isTrue();
    stopWithoutTimeout(perille);
    assertThat(ended).isCompletedWithValue(true);
  }

  @Test
  void a_question_that_is_still_open_fails_and_holds_up_nothing() throws Exception {
    CompletableFuture<Void> never = new CompletableFuture<>();
    Subscription<Note> stuck = Subscription.of("stuck", NOTES).atLeastOnceAsync(d -> never);
    Perille perille = startAndPlace(Memory.config("perille.subscription.stop-timeout = 3s"), stuck);
    CompletionStage<Done> handled = perille.subscription(stuck).awaitHandled(publish(perille));
    stopWithoutTimeout(perille);
    assertThatThrownBy(() -> handled.toCompletableFuture().get(180, SECONDS))
        .hasRootCauseMessage("this node is stopping and sends no more requests: use another node");
  }
}
