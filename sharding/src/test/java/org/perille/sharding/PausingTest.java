package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.perille.sharding.FailureKit.get;
import static org.perille.sharding.FailureKit.topic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;

/** A paused subscription starts no handlers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PausingTest {
  private final FailureKit kit = new FailureKit();

  @AfterAll
  void stop() {
    kit.close();
  }

  @Test
  void a_paused_subscription_begins_nothing_until_it_is_resumed(TestInfo test) throws Exception {
    Brittle handler = new Brittle();
    Subscription<Note> mail = Subscription.of("mail", topic(test, 2)).atLeastOnce(handler);
    Brittle otherHandler = new Brittle();
    Subscription<Note> other = Subscription.of("other", topic(test, 2)).atLeastOnce(otherHandler);
    kit.perille.register(mail, other);
    kit.handle(mail, "a", 0);
    get(kit.perille.subscription(mail).pause("the mail server is down"));
    get(kit.perille.subscription(mail).pause("the mail server is down"));
    List<Receipt> receipts = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      receipts.add(kit.publish(mail.topic(), "k" + i, i));
    }
    for (Receipt receipt : receipts) {
      get(kit.perille.subscription(other).awaitHandled(receipt));
    }
    for (int partition = 0; partition < 2; partition++) {
      kit.awaitPaused(mail, partition, "the mail server is down");
    }
    assertThat(handler.done()).containsExactly(0);
    get(kit.perille.subscription(mail).resume());
    get(kit.perille.subscription(mail).resume());
    for (Receipt receipt : receipts) {
      get(kit.perille.subscription(mail).awaitHandled(receipt));
    }
    kit.awaitWell(mail);
    assertThat(handler.done()).hasSize(21).doesNotHaveDuplicates();
  }

  @Test
  void one_partition_is_paused_and_the_others_go_on(TestInfo test) throws Exception {
    Brittle handler = new Brittle();
    Subscription<Note> mail = Subscription.of("mail", topic(test, 3)).atLeastOnce(handler);
    kit.perille.register(mail);
    get(kit.perille.subscription(mail).pause(1, "test"));
    List<Receipt> elsewhere = new ArrayList<>();
    int paused = 0;
    for (int i = 0; i < 30; i++) {
      Receipt receipt = kit.publish(mail.topic(), "k" + i, i);
      if (receipt.partition() == 1) {
        paused++;
      } else {
        elsewhere.add(receipt);
      }
    }
    for (Receipt receipt : elsewhere) {
      get(kit.perille.subscription(mail).awaitHandled(receipt));
    }
    assertThat(paused).isPositive();
    assertThat(handler.done()).hasSize(30 - paused);
    kit.awaitPaused(mail, 1, "test");
    assertThat(kit.problems(mail, 2).paused()).isEmpty();
    get(kit.perille.subscription(mail).resume(1));
    kit.awaitWell(mail);
    assertThat(handler.done()).hasSize(30);
  }

  @Test
  void what_was_running_when_it_was_paused_ends_as_ever(TestInfo test) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    Queue<Integer> attempted = new ConcurrentLinkedQueue<>();
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(
                delivery -> {
                  attempted.add(delivery.payload().number());
                  begun.countDown();
                  mayEnd.await();
                });
    kit.perille.register(mail);
    Receipt running = kit.publish(mail.topic(), "a", 0);
    kit.publish(mail.topic(), "a", 1);
    begun.await();
    get(kit.perille.subscription(mail).pause("test"));
    mayEnd.countDown();
    get(kit.perille.subscription(mail).awaitHandled(running));
    assertThat(attempted).containsExactly(0);
    get(kit.perille.subscription(mail).resume());
    kit.awaitWell(mail);
    assertThat(attempted).containsExactly(0, 1);
  }

  @Test
  void a_message_that_is_to_be_tried_again_waits_for_the_end_of_the_pause(TestInfo test)
      throws Exception {
    Brittle handler = new Brittle().breaking(0);
    Subscription<Note> mail =
        Subscription.of("mail", topic(test))
            .atLeastOnce(handler)
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(1)).withUnlimitedAttempts());
    kit.perille.register(mail);
    kit.publish(mail.topic(), "a", 0);
    await().atMost(180, SECONDS).until(() -> handler.attempts(0).size() > 3);
    get(kit.perille.subscription(mail).pause("test"));
    kit.awaitPaused(mail, 0, "test");
    handler.fix();
    // The attempt that was running may have been the last one to start.
    int attempts = handler.attempts(0).size();
    kit.publish(mail.topic(), "b", 1);
    for (int i = 0; i < 20; i++) {
      get(kit.perille.subscription(mail).status());
    }
    assertThat(handler.attempts(0).size()).isLessThanOrEqualTo(attempts + 1);
    assertThat(handler.attempts(1)).isEmpty();
    get(kit.perille.subscription(mail).resume());
    kit.awaitWell(mail);
    assertThat(handler.done()).contains(0, 1);
  }
}
