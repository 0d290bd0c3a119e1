package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.perille.Delivery;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.Topic;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SubscriptionsTest {
  /** A message whose constructor fails while the switch is on. */
  record Note(String key, int number) implements PerilleMessage {
    static final AtomicBoolean UNREADABLE = new AtomicBoolean();

    Note {
      if (number == -1 && UNREADABLE.get()) {
        throw new IllegalStateException("planned");
      }
    }
  }

  /** A new queue for each test, so that late messages of an earlier test aren't seen. */
  private Queue<Delivery<Note>> seen = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void forgetSeen() {
    seen = new ConcurrentLinkedQueue<>();
  }

  private Perille perille;

  @BeforeAll
  void start() {
    // An empty tail makes every late subscription read the journal.
    perille =
        Perille.start(
            Memory.config(
                "perille.partition.tail-bytes = 1 KiB",
                "perille.partition.snapshot-events = 20",
                "perille.publisher.batch-messages = 3"));
  }

  @AfterAll
  void stop() {
    perille.close();
  }

  private static Topic<Note> topic(TestInfo test, int partitions) {
    return Topic.of(test.getTestMethod().orElseThrow().getName(), Note.class)
        .keyedBy(Note::key)
        .withPartitions(partitions);
  }

  private Receipt publish(Topic<Note> topic, String key, int number) throws Exception {
    return perille
        .publisher(topic)
        .publish(new Note(key, number))
        .toCompletableFuture()
        .get(180, SECONDS);
  }

  private void publish(Topic<Note> topic, int from, int to) throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      receipts.add(
          perille.publisher(topic).publish(new Note("k" + i % 5, i)).toCompletableFuture());
    }
    for (CompletableFuture<Receipt> receipt : receipts) {
      receipt.get(180, SECONDS);
    }
  }

  private List<Integer> numbers() {
    return seen.stream().map(delivery -> delivery.payload().number()).sorted().toList();
  }

  private void awaitAttached(Subscription<Note> subscription) {
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
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  @Test
  void a_late_subscription_gets_the_whole_history_and_then_what_comes(TestInfo test)
      throws Exception {
    Topic<Note> topic = topic(test, 2);
    perille.register(topic);
    publish(topic, 0, 300);
    perille.register(Subscription.of("late", topic).atLeastOnce(seen::add));
    publish(topic, 300, 400);
    await().atMost(180, SECONDS).until(() -> seen.size() >= 400);
    assertThat(numbers()).isEqualTo(range(0, 400));
  }

  @Test
  void a_subscription_that_begins_at_the_end_gets_only_what_comes(TestInfo test) throws Exception {
    Topic<Note> topic = topic(test, 2);
    perille.register(topic);
    publish(topic, 0, 50);
    Subscription<Note> latest =
        Subscription.of("latest", topic).atLeastOnce(seen::add).startingAt(StartPosition.latest());
    perille.register(latest);
    awaitAttached(latest);
    publish(topic, 50, 100);
    await().atMost(180, SECONDS).until(() -> seen.size() >= 50);
    assertThat(numbers()).isEqualTo(range(50, 100));
  }

  @Test
  void a_subscription_begins_at_an_offset(TestInfo test) throws Exception {
    Topic<Note> topic = topic(test, 1);
    perille.register(topic);
    publish(topic, 0, 100);
    perille.register(
        Subscription.of("offset", topic)
            .atLeastOnce(seen::add)
            .startingAt(StartPosition.offset(37)));
    await().atMost(180, SECONDS).until(() -> seen.size() >= 63);
    assertThat(numbers()).isEqualTo(range(37, 100));
  }

  @Test
  void a_subscription_begins_at_a_time(TestInfo test) throws Exception {
    Topic<Note> topic = topic(test, 1);
    perille.register(topic);
    publish(topic, 0, 60);
    long before = System.currentTimeMillis();
    await().until(() -> System.currentTimeMillis() > before);
    Instant time = Instant.ofEpochMilli(System.currentTimeMillis());
    publish(topic, 60, 100);
    perille.register(
        Subscription.of("time", topic)
            .atLeastOnce(seen::add)
            .startingAt(StartPosition.timestamp(time)));
    await().atMost(180, SECONDS).until(() -> seen.size() >= 40);
    assertThat(numbers()).isEqualTo(range(60, 100));
  }

  @Test
  void a_failed_message_is_tried_again_and_only_its_key_waits(TestInfo test) throws Exception {
    Topic<Note> topic = topic(test, 1);
    AtomicInteger attempts = new AtomicInteger();
    CountDownLatch fix = new CountDownLatch(1);
    perille.register(
        Subscription.of("retry", topic)
            .atLeastOnce(
                delivery -> {
                  if (delivery.payload().number() == 0) {
                    attempts.incrementAndGet();
                    if (fix.getCount() > 0) {
                      throw new IllegalStateException("planned");
                    }
                  }
                  seen.add(delivery);
                })
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(20)).withUnlimitedAttempts()));
    publish(topic, "bad", 0);
    publish(topic, "bad", 1);
    publish(topic, "good", 2);
    await().atMost(180, SECONDS).until(() -> attempts.get() > 3 && numbers().contains(2));
    assertThat(numbers()).containsExactly(2);
    fix.countDown();
    await().atMost(180, SECONDS).until(() -> seen.size() == 3);
    List<Delivery<Note>> bad = seen.stream().filter(d -> d.key().equals("bad")).toList();
    assertThat(bad).extracting(d -> d.payload().number()).containsExactly(0, 1);
    assertThat(bad.get(0).attempt()).isGreaterThan(3);
    assertThat(bad.get(0).redelivered()).isTrue();
    assertThat(bad.get(1).redelivered()).isFalse();
  }

  @Test
  void at_most_once_tries_nothing_again_and_goes_on(TestInfo test) throws Exception {
    Topic<Note> topic = topic(test, 1);
    perille.register(
        Subscription.of("once", topic)
            .atMostOnce(
                delivery -> {
                  seen.add(delivery);
                  throw new IllegalStateException("planned");
                }));
    publish(topic, 0, 20);
    await().atMost(180, SECONDS).until(() -> seen.size() >= 20);
    assertThat(numbers()).isEqualTo(range(0, 20));
    assertThat(seen).allMatch(delivery -> delivery.attempt() == 1);
  }

  @Test
  void an_ephemeral_subscription_sees_what_comes_while_it_is_there(TestInfo test) throws Exception {
    Topic<Note> topic = topic(test, 1);
    perille.register(topic);
    publish(topic, 0, 10);
    perille.register(Subscription.of("live", topic).ephemeral(seen::add));
    await()
        .atMost(180, SECONDS)
        .until(
            () -> {
              publish(topic, "k", 100);
              return !seen.isEmpty();
            });
    assertThat(numbers()).allMatch(number -> number == 100);
  }

  @Test
  void a_stage_that_fails_is_a_failed_attempt(TestInfo test) throws Exception {
    Topic<Note> topic = topic(test, 1);
    perille.register(
        Subscription.of("async", topic)
            .atLeastOnceAsync(
                delivery -> {
                  seen.add(delivery);
                  return delivery.attempt() == 1
                      ? CompletableFuture.failedFuture(new IllegalStateException("planned"))
                      : CompletableFuture.supplyAsync(() -> "done");
                })
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(10)).withUnlimitedAttempts()));
    publish(topic, 0, 3);
    await().atMost(180, SECONDS).until(() -> seen.size() == 6);
    assertThat(numbers()).containsExactly(0, 0, 1, 1, 2, 2);
  }

  @Test
  void a_payload_that_cant_be_decoded_holds_back_only_its_key_and_is_not_lost(TestInfo test)
      throws Exception {
    Topic<Note> topic = topic(test, 1);
    publishUnreadable(topic);
    perille.register(
        Subscription.of("reader", topic)
            .atLeastOnce(seen::add)
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(20)).withUnlimitedAttempts()));
    await().atMost(180, SECONDS).until(() -> numbers().contains(7));
    assertThat(numbers()).containsExactly(7);
    Note.UNREADABLE.set(false);
    await().atMost(180, SECONDS).until(() -> seen.size() == 2);
    assertThat(numbers()).containsExactly(-1, 7);
  }

  private void publishUnreadable(Topic<Note> topic) throws Exception {
    perille.register(topic);
    publish(topic, "unreadable", -1);
    publish(topic, "readable", 7);
    Note.UNREADABLE.set(true);
  }
}
