package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.get;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.Definition;
import org.perille.Effect;
import org.perille.PublishRefusedException;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;

/** Callbacks on the stages of publish may block. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishCallbacksTest {
  private static final int THREADS = 16;
  private static final int BUFFER = 100;

  /** As many threads as would use up the default dispatcher. */
  private final FailureKit kit =
      new FailureKit(
          "pekko.actor.default-dispatcher.fork-join-executor.parallelism-max = 8",
          "perille.publisher.timeout = 5m",
          "perille.publisher.callback-threads = " + THREADS,
          "perille.publisher.buffer-messages = " + BUFFER);

  @AfterAll
  void stop() {
    kit.close();
  }

  private static void block(CountDownLatch latch) {
    try {
      assertThat(latch.await(900, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void those_that_block_hold_back_later_receipts_of_their_topic_and_nothing_else(TestInfo test)
      throws Exception {
    Topic<Note> blocked = FailureKit.topic(test);
    Topic<Note> other = Topic.of("other", Note.class).keyedBy(Note::key).withPartitions(1);
    Subscription<Note> chained =
        Subscription.of("chained", other)
            .effectivelyOnce(delivery -> Effect.none().publish(blocked, new Note("chained", 1)));
    Brittle mail = new Brittle();
    Subscription<Note> mailing = Subscription.of("mailing", blocked).atLeastOnce(mail);
    kit.perille.register(chained, (Definition) mailing);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger entered = new AtomicInteger();
    List<CompletionStage<?>> callbacks = new ArrayList<>();
    Thread caller = Thread.currentThread();
    int published = 0;
    while (entered.get() < THREADS) {
      AtomicBoolean ran = new AtomicBoolean();
      callbacks.add(
          kit.perille
              .publisher(blocked)
              .publish(new Note("k" + published, published))
              .thenAccept(
                  receipt -> {
                    // A callback that is added after the receipt has come runs on this thread.
                    boolean here = Thread.currentThread() == caller;
                    if (!here) {
                      entered.incrementAndGet();
                    }
                    ran.set(true);
                    if (!here) {
                      block(release);
                    }
                  }));
      published++;
      await().atMost(180, SECONDS).until(ran::get);
    }
    int all = published;

    // A chain into the blocked topic continues, with its subscription; so does another topic.
    Receipt receipt = kit.publish(other, "a", 0);
    get(kit.perille.subscription(chained).awaitHandled(receipt));
    await().atMost(180, SECONDS).until(() -> mail.done().size() == all + 1);

    // Receipts that no thread takes occupy their space.
    List<CompletableFuture<Receipt>> waiting = new ArrayList<>();
    for (int i = 0; i <= BUFFER; i++) {
      waiting.add(
          kit.perille
              .publisher(blocked)
              .publish(new Note("waiting", 1000 + i))
              .toCompletableFuture());
    }
    assertThat(waiting.subList(0, BUFFER)).noneMatch(CompletableFuture::isDone);
    assertThat(waiting.get(BUFFER))
        .failsWithin(180, SECONDS)
        .withThrowableThat()
        .withCauseInstanceOf(PublishRefusedException.class)
        .withMessageContaining("no space");

    release.countDown();
    for (CompletionStage<?> callback : callbacks) {
      get(callback);
    }
    for (CompletableFuture<Receipt> stage : waiting.subList(0, BUFFER)) {
      assertThat(get(stage).duplicate()).isFalse();
    }
  }

  @Test
  void one_that_throws_or_interrupts_its_thread_harms_no_later_one(TestInfo test) throws Exception {
    Topic<Note> topic = FailureKit.topic(test);
    kit.perille.register(topic);
    Thread caller = Thread.currentThread();
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; ran.get() < 2 * THREADS; i++) {
      CompletionStage<Boolean> interrupted =
          kit.perille
              .publisher(topic)
              .publish(new Note("a", i))
              .thenApply(
                  receipt -> {
                    if (Thread.currentThread() == caller) {
                      // The receipt had arrived before the callback was added.
                      return false;
                    }
                    boolean before = Thread.currentThread().isInterrupted();
                    Thread.currentThread().interrupt();
                    ran.incrementAndGet();
                    return before;
                  });
      assertThat(get(interrupted)).isFalse();
    }
  }
}
