package org.perille.internal.worker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Kill;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.Handler;
import org.perille.Nack;
import org.perille.OnExhausted;
import org.perille.RetryPolicy;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.OneNode;
import org.perille.internal.OneNode.Line;
import org.perille.internal.PartitionHarness;
import org.perille.internal.WorkerHarness;
import org.perille.internal.cursor.CursorEvent;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.limit.Limiter;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.partition.PartitionRequest.Attach;
import org.perille.internal.partition.PartitionRequest.CursorReport;
import org.perille.internal.partition.WorkerCommand;

/** Goal: a worker keeps its guarantees through crashes of itself and of its partition. */
class WorkerTest {
  private static final Duration NEVER = Duration.ofHours(1);
  private static OneNode node;

  private final List<WorkerHarness> workers = new ArrayList<>();
  private PartitionHarness partition;

  @BeforeAll
  static void startNode() {
    node = new OneNode();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @BeforeEach
  void start(TestInfo test) {
    String name = test.getTestMethod().orElseThrow().getName();
    partition =
        node.partitionWithTinyTail(
            name.substring(0, Math.min(80, name.length()))
                + "."
                + test.getDisplayName().hashCode());
    partition.start();
  }

  @AfterEach
  void stop() {
    workers.forEach(WorkerHarness::close);
    partition.crash();
  }

  private WorkerHarness worker(
      String name,
      BiFunction<Subscription.Draft<Line>, Handler<Line>, Subscription<Line>> complete) {
    WorkerHarness worker = new WorkerHarness(node, partition, name, complete);
    workers.add(worker);
    return worker;
  }

  private WorkerHarness atLeastOnce() {
    return worker("worker", Subscription.Draft::atLeastOnce);
  }

  private static void awaitLatch(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(180, SECONDS)).isTrue();
  }

  @Test
  void a_late_subscriber_gets_the_whole_history_and_then_what_comes() {
    partition.append(100);
    WorkerHarness late = atLeastOnce();
    late.start();
    late.awaitSeen(100);
    partition.append(40);
    late.awaitSeen(140);
    late.assertSeenOnceInOrder(0, 140);
    late.awaitCursor(140);
    assertThat(late.seen()).noneMatch(Delivery::redelivered);
    assertThat(late.seen()).allMatch(delivery -> delivery.offset() == delivery.payload().number());
  }

  @Test
  void a_subscription_that_begins_at_the_end_stays_where_it_was_through_a_restart() {
    partition.append(10);
    WorkerHarness latest =
        worker(
            "latest", (draft, seen) -> draft.atLeastOnce(seen).startingAt(StartPosition.latest()));
    latest.start();
    latest.awaitAttached();
    latest.crash();
    partition.append(10);
    latest.start();
    latest.awaitSeen(10);
    latest.assertSeenOnceInOrder(10, 20);
  }

  @Test
  void a_subscription_that_begins_at_the_end_stays_where_it_was_when_its_partition_restarts() {
    partition.append(10);
    WorkerHarness latest =
        worker(
            "latest", (draft, seen) -> draft.atLeastOnce(seen).startingAt(StartPosition.latest()));
    latest.start();
    latest.awaitAttached();
    partition.restart();
    partition.append(10);
    latest.awaitSeen(10);
    latest.assertSeenOnceInOrder(10, 20);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 17, 49, 50})
  void a_subscription_begins_at_its_offset(long offset) {
    partition.append(50);
    WorkerHarness worker =
        worker(
            "offset",
            (draft, seen) -> draft.atLeastOnce(seen).startingAt(StartPosition.offset(offset)));
    worker.start();
    worker.awaitAttached();
    partition.append(5);
    worker.awaitSeen((int) (55 - offset));
    worker.assertSeenOnceInOrder((int) offset, 55);
  }

  @Test
  void an_offset_past_the_end_is_waited_for_through_restarts_of_both_sides() {
    partition.append(10);
    AnswersHeard heard = listenToAnswers(answer -> true);
    WorkerHarness worker =
        worker(
            "offset",
            (draft, seen) -> draft.atLeastOnce(seen).startingAt(StartPosition.offset(20)));
    worker.start();
    heard.awaitAsked(1);
    worker.crash();
    worker.start();
    heard.awaitAsked(3);
    partition.restart();
    heard.awaitAsked(4);
    assertThat(heard.answers).isEmpty();

    partition.append(10);
    worker.awaitCursor(20);
    worker.crash();
    partition.restart();
    worker.start();
    worker.awaitAttached();
    partition.append(5);
    worker.awaitSeen(5);
    worker.assertSeenOnceInOrder(20, 25);
    assertThat(heard.answers).noneMatch(FeedAnswer.Refused.class::isInstance);
  }

  @Test
  void a_subscription_begins_at_its_time() {
    partition.append(20);
    Instant last = Instant.ofEpochMilli(partition.stored().get(19).timestampMillis());
    await().until(() -> Instant.now().isAfter(last.plusMillis(2)));
    partition.append(30);
    WorkerHarness worker =
        worker(
            "time",
            (draft, seen) ->
                draft.atLeastOnce(seen).startingAt(StartPosition.timestamp(last.plusMillis(1))));
    worker.start();
    worker.awaitSeen(30);
    worker.assertSeenOnceInOrder(20, 50);
  }

  @Test
  void at_least_once_redelivers_after_a_crash_what_was_not_durably_finished_and_marks_it() {
    WorkerHarness worker = atLeastOnce().withCursorInterval(NEVER);
    worker.start();
    partition.append(30);
    worker.awaitSeen(30);
    assertThat(worker.seen()).noneMatch(Delivery::redelivered);
    worker.crash();
    worker.forgetSeen();
    worker.start();
    worker.awaitSeen(30);
    worker.assertSeenOnceInOrder(0, 30);
    assertThat(worker.seen()).allMatch(Delivery::redelivered);
  }

  @Test
  void what_is_durably_finished_does_not_come_again_even_above_a_message_that_is_not() {
    CountDownLatch release = new CountDownLatch(1);
    WorkerHarness worker =
        worker(
            "worker",
            (draft, seen) ->
                draft.atLeastOnce(
                    delivery -> {
                      if (delivery.offset() == 0) {
                        awaitLatch(release);
                      }
                      seen.handle(delivery);
                    }));
    worker.start();
    partition.append(20);
    worker.awaitSeen(16);
    await()
        .atMost(180, SECONDS)
        .until(() -> partition.describe().cursors().get(0).finishedAbove() == 16);
    worker.crash();
    release.countDown();
    worker.awaitSeen(17);
    worker.forgetSeen();
    worker.start();
    worker.awaitSeen(4);
    worker.awaitCursor(20);
    assertThat(worker.numbers()).containsExactly(0, 5, 10, 15);
    worker.assertKeysInOrder();
  }

  @Test
  void what_at_least_once_has_finished_out_of_turn_at_most_once_doesnt_handle_again() {
    CountDownLatch release = new CountDownLatch(1);
    WorkerHarness before =
        worker(
            "worker",
            (draft, seen) ->
                draft.atLeastOnce(
                    delivery -> {
                      if (delivery.offset() == 0) {
                        awaitLatch(release);
                      } else {
                        seen.handle(delivery);
                      }
                    }));
    before.start();
    partition.append(20);
    before.awaitSeen(16);
    await()
        .atMost(20, SECONDS)
        .until(() -> partition.describe().cursors().get(0).finishedAbove() == 16);
    before.crash();
    release.countDown();
    WorkerHarness after = worker("worker", Subscription.Draft::atMostOnce);
    after.start();
    after.awaitCursor(20);
    after.awaitSeen(4);
    after.crash();
    after.start();
    partition.append(1);
    after.awaitSeen(5);
    assertThat(after.numbers()).containsExactly(0, 5, 10, 15, 20);
  }

  @Test
  void a_partition_that_was_started_anew_learns_what_is_not_finished_and_what_waits() {
    CountDownLatch release = new CountDownLatch(1);
    WorkerHarness worker =
        worker(
            "worker",
            (draft, seen) ->
                draft
                    .atLeastOnce(
                        delivery -> {
                          if (delivery.offset() == 0) {
                            awaitLatch(release);
                          } else if (delivery.offset() == 1) {
                            throw Nack.giveUp("it parks its key");
                          }
                          seen.handle(delivery);
                        })
                    .onExhausted(OnExhausted.PARK_KEY));
    worker.start();
    partition.append(20);
    worker.awaitSeen(12);
    CursorReport report =
        new CursorReport(
            "worker",
            1,
            0,
            16,
            PartitionProblems.builder().waiting(3).parkedKeys(1).deadLetters(1).build());
    await()
        .atMost(180, SECONDS)
        .untilAsserted(() -> assertThat(partition.describe().cursors()).containsExactly(report));
    partition.restart();
    await()
        .atMost(180, SECONDS)
        .untilAsserted(() -> assertThat(partition.describe().cursors()).containsExactly(report));
    release.countDown();
  }

  @Test
  void a_graceful_stop_makes_the_cursor_durable_so_that_a_successor_redelivers_nothing() {
    WorkerHarness worker = atLeastOnce().withCursorInterval(NEVER);
    worker.start();
    partition.append(30);
    worker.awaitSeen(30);
    worker.stop();
    worker.start();
    partition.append(10);
    worker.awaitSeen(40);
    worker.assertSeenOnceInOrder(0, 40);
  }

  @Test
  void a_graceful_stop_waits_for_the_handlers_that_run() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    WorkerHarness worker =
        worker(
            "worker",
            (draft, seen) ->
                draft.atLeastOnce(
                    delivery -> {
                      running.countDown();
                      awaitLatch(release);
                      seen.handle(delivery);
                    }));
    org.apache.pekko.actor.typed.ActorRef<WorkerCommand> actor = worker.start();
    partition.append(1);
    awaitLatch(running);
    actor.tell(Worker.Stop.INSTANCE);
    // The worker begins to stop by detaching from its feed.
    worker.awaitDetached();
    release.countDown();
    worker.stop();
    worker.start();
    partition.append(1);
    worker.awaitSeen(2);
    worker.assertSeenOnceInOrder(0, 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void at_most_once_hands_out_nothing_twice_through_crashes(long seed) {
    Random random = new Random(seed);
    WorkerHarness worker = worker("once", Subscription.Draft::atMostOnce);
    worker.start();
    for (int invocation = 0; invocation < 8; invocation++) {
      int before = worker.seen().size();
      partition.append(1 + random.nextInt(20));
      if (random.nextBoolean()) {
        worker.awaitSeen(before + 1);
      }
      switch (random.nextInt(3)) {
        case 0 -> {
          worker.crash();
          worker.start();
        }
        case 1 -> partition.restart();
        default -> {}
      }
    }
    partition.append(1);
    int last = (int) partition.describe().endOffset() - 1;
    await().atMost(180, SECONDS).until(() -> worker.numbers().contains(last));
    assertThat(worker.numbers()).doesNotHaveDuplicates();
    worker.assertKeysInOrder();
    assertThat(worker.seen()).allMatch(d -> d.attempt() == 1 && !d.redelivered());
  }

  @Test
  void at_most_once_makes_the_cursor_durable_before_the_handler_runs() {
    AtomicInteger early = new AtomicInteger();
    AtomicReference<WorkerHarness> self = new AtomicReference<>();
    WorkerHarness worker =
        worker(
            "once",
            (draft, seen) ->
                draft.atMostOnce(
                    delivery -> {
                      if (delivery.offset() >= durableCursor(self.get())) {
                        early.incrementAndGet();
                      }
                      seen.handle(delivery);
                    }));
    self.set(worker);
    worker.start();
    worker.awaitAttached();
    worker.faults().failNextWrite();
    // One batch, so that the failing write is that of its cursor.
    partition.append(3);
    worker.awaitSeen(3);
    partition.append(20);
    worker.awaitSeen(23);
    worker.assertSeenOnceInOrder(0, 23);
    assertThat(early).hasValue(0);
    assertThat(worker.faults().happened()).isTrue();
  }

  private static long durableCursor(WorkerHarness worker) {
    return node.stored(worker.persistenceId()).stream()
        .filter(CursorEvent.CursorAdvanced.class::isInstance)
        .mapToLong(event -> ((CursorEvent.CursorAdvanced) event).cursor().nextOffset())
        .max()
        .orElse(0);
  }

  @Test
  void at_most_once_handles_what_it_has_taken_before_it_hands_over() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch handOver = new CountDownLatch(1);
    WorkerHarness worker =
        worker(
            "once",
            (draft, seen) ->
                draft
                    .atMostOnce(
                        delivery -> {
                          first.countDown();
                          awaitLatch(handOver);
                          seen.handle(delivery);
                          if (delivery.offset() % 5 == 4) {
                            throw new AssertionError("planned");
                          }
                        })
                    .withParallelism(1));
    partition.append(30);
    worker.start();
    awaitLatch(first);
    worker.tellToStop();
    handOver.countDown();
    worker.awaitStopped();
    long taken = worker.seen().size();
    worker.start();
    worker.awaitSeen(30);
    worker.assertSeenOnceInOrder(0, 30);
    assertThat(taken).isGreaterThan(1);
  }

  @Test
  void an_ephemeral_subscription_begins_at_the_end_at_every_start() {
    partition.append(10);
    WorkerHarness live = worker("live", Subscription.Draft::ephemeral);
    live.start();
    live.awaitAttached();
    partition.append(5);
    live.awaitSeen(5);
    live.crash();
    live.awaitDetached();
    partition.append(5);
    live.start();
    live.awaitAttached();
    partition.append(5);
    live.awaitSeen(10);
    assertThat(live.numbers()).containsExactly(10, 11, 12, 13, 14, 20, 21, 22, 23, 24);
  }

  @Test
  void a_handler_that_throws_is_tried_again_in_order_and_only_its_key_waits() {
    AtomicInteger failures = new AtomicInteger();
    AtomicBoolean fixed = new AtomicBoolean();
    WorkerHarness worker =
        worker(
            "retry",
            (draft, seen) ->
                draft
                    .atLeastOnce(
                        delivery -> {
                          if (delivery.offset() == 1 && !fixed.get()) {
                            failures.incrementAndGet();
                            throw new AssertionError("planned");
                          }
                          seen.handle(delivery);
                        })
                    .withRetries(RetryPolicy.fixed(Duration.ofMillis(20)).withUnlimitedAttempts()));
    worker.start();
    partition.append(25);
    worker.awaitSeen(20);
    await().atMost(180, SECONDS).until(() -> failures.get() > 2);
    assertThat(worker.seen()).noneMatch(delivery -> delivery.key().equals("key-1"));
    fixed.set(true);
    worker.awaitSeen(25);
    worker.assertSeenOnceInOrder(0, 25);
    Delivery<Line> fixedOne =
        worker.seen().stream().filter(d -> d.offset() == 1).findFirst().orElseThrow();
    assertThat(fixedOne.attempt()).isEqualTo(failures.get() + 1);
    assertThat(fixedOne.redelivered()).isTrue();
    worker.awaitCursor(25);
  }

  @Test
  void a_payload_that_cant_be_decoded_holds_back_only_its_key() {
    WorkerHarness worker =
        worker(
            "worker",
            (draft, seen) ->
                draft
                    .atLeastOnce(seen)
                    .withRetries(RetryPolicy.fixed(Duration.ofMillis(50)).withUnlimitedAttempts()));
    worker.start();
    partition.append(
        new LogMessage("bad", "", Map.of(), 987_654, "?", ByteString.copyFromUtf8("?")),
        node.message("bad", 1),
        node.message("good", 2));
    partition.append(node.message("good", 3));
    worker.awaitSeen(2);
    await()
        .atMost(180, SECONDS)
        .until(
            () -> {
              CursorReport report = partition.describe().cursors().get(0);
              return report.nextOffset() == 4
                  && report
                      .problems()
                      .equals(PartitionProblems.builder().retrying(1).waiting(1).build());
            });
    assertThat(worker.numbers()).containsExactly(2, 3);
  }

  @Test
  void a_slow_subscriber_holds_back_no_other_and_no_publisher() {
    CountDownLatch release = new CountDownLatch(1);
    WorkerHarness slow =
        worker(
            "slow",
            (draft, seen) ->
                draft.atLeastOnce(
                    delivery -> {
                      awaitLatch(release);
                      seen.handle(delivery);
                    }));
    WorkerHarness fast = worker("fast", Subscription.Draft::atLeastOnce);
    slow.start();
    fast.start();
    partition.append(300);
    fast.awaitSeen(300);
    fast.assertSeenOnceInOrder(0, 300);
    assertThat(slow.seen()).isEmpty();
    release.countDown();
    slow.awaitSeen(300);
    slow.assertSeenOnceInOrder(0, 300);
  }

  @Test
  void a_worker_goes_on_where_it_was_when_its_partition_restarts() {
    WorkerHarness worker = atLeastOnce();
    worker.start();
    for (int invocation = 0; invocation < 4; invocation++) {
      partition.append(20);
      partition.restart();
    }
    partition.append(20);
    worker.awaitSeen(100);
    worker.assertSeenOnceInOrder(0, 100);
  }

  @Test
  void a_worker_goes_on_where_it_was_when_its_feed_stops() {
    AnswersHeard heard = listenToAnswers(answer -> true);
    WorkerHarness worker = atLeastOnce();
    worker.start();
    for (int invocation = 1; invocation <= 3; invocation++) {
      partition.append(20);
      heard.awaitAnswers(invocation);
      Adapter.toClassic(((FeedAnswer.Attached) heard.answers.get(invocation - 1)).feed())
          .tell(PoisonPill.getInstance(), ActorRef.noSender());
    }
    partition.append(20);
    worker.awaitSeen(80);
    worker.assertSeenOnceInOrder(0, 80);
  }

  private static void fail(String path) {
    Adapter.toClassic(node.kit().system())
        .actorSelection(path)
        .tell(Kill.getInstance(), ActorRef.noSender());
  }

  @ParameterizedTest
  @ValueSource(strings = {"feed-client", "feed-client/session-*", "cursor", "failures"})
  void a_worker_goes_on_where_it_was_when_an_actor_fails_that_it_can_not_do_without(String child) {
    AnswersHeard heard = listenToAnswers(answer -> true);
    WorkerHarness worker = atLeastOnce();
    String path = worker.start().path().toStringWithoutAddress();
    for (int invocation = 1; invocation <= 2; invocation++) {
      heard.awaitAnswers(invocation);
      partition.append(20);
      worker.awaitCursor(20L * invocation);
      fail(path + "/" + child);
    }
    partition.append(20);
    worker.awaitSeen(60);
    worker.assertSeenOnceInOrder(0, 60);
  }

  @Test
  void a_worker_that_ends_gives_permits_back_also_of_a_stage_that_never_completes() {
    AtomicInteger inside = new AtomicInteger();
    Limiter limiter =
        (messages, whenWorthAsking) -> {
          inside.incrementAndGet();
          return Optional.of(
              new Limiter.Permit() {
                @Override
                public int messages() {
                  return messages;
                }

                @Override
                public void leave(int unused, int succeeded, int failed) {
                  inside.decrementAndGet();
                }
              });
        };
    WorkerHarness worker =
        worker(
                "never",
                (draft, seen) -> draft.atLeastOnceAsync(delivery -> new CompletableFuture<>()))
            .withLimiter(limiter);
    worker.start();
    partition.append(1);
    await().atMost(180, SECONDS).until(() -> inside.get() == 1);
    worker.crash();
    await().atMost(180, SECONDS).until(() -> inside.get() == 0);
  }

  @Test
  void a_worker_goes_on_where_it_was_when_its_feed_can_not_send_any_more() {
    AnswersHeard heard = listenToAnswers(answer -> true);
    WorkerHarness worker = atLeastOnce();
    worker.start();
    heard.awaitAnswers(1);
    partition.append(20);
    worker.awaitSeen(20);
    fail(
        ((FeedAnswer.Attached) heard.answers.get(0)).feed().path().toStringWithoutAddress()
            + "/producer");
    partition.append(20);
    worker.awaitSeen(40);
    worker.assertSeenOnceInOrder(0, 40);
  }

  @Test
  void an_event_sourced_worker_goes_on_where_it_was_when_nobody_opens_its_keys_any_more() {
    AnswersHeard heard = listenToAnswers(answer -> true);
    WorkerHarness worker =
        worker(
            "effects",
            (draft, seen) ->
                draft.effectivelyOnce(
                    delivery -> {
                      seen.handle(delivery);
                      return Effect.none();
                    }));
    String path = worker.start().path().toStringWithoutAddress();
    partition.append(20);
    worker.awaitCursor(20);
    fail(path + "/keys");
    heard.awaitAnswers(2);
    partition.append(20);
    worker.awaitSeen(40);
    worker.assertSeenOnceInOrder(0, 40);
  }

  /**
   * The answer of a feed is lost, its first batch arrives, and then the partition moves. The next
   * feed of the same session begins at the same position.
   */
  @Test
  void batches_of_a_feed_whose_answer_was_lost_are_not_handled_twice() {
    partition.append(10);
    AtomicBoolean arrives = new AtomicBoolean();
    AnswersHeard heard = listenToAnswers(answer -> arrives.get());
    WorkerHarness worker = worker("once", Subscription.Draft::atMostOnce);
    worker.start();
    heard.awaitAnswers(1);
    heard.awaitFed();
    partition.restart();
    arrives.set(true);
    partition.append(20);
    worker.awaitSeen(30);
    partition.append(10);
    worker.awaitSeen(40);
    worker.assertSeenOnceInOrder(0, 40);
    assertThat(heard.answers).extracting(FeedAnswer::epoch).containsOnly(1L);
    assertThat(heard.answers).extracting(FeedAnswer::session).contains(2L);
  }

  /** The messages between a partition and the workers that it feeds. */
  private static final class AnswersHeard {
    private final List<FeedAnswer> answers = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger fed = new AtomicInteger();

    void awaitAsked(int times) {
      await().atMost(180, SECONDS).until(() -> asked.get() >= times);
    }

    void awaitAnswers(int count) {
      await().atMost(180, SECONDS).until(() -> answers.size() >= count);
    }

    void awaitFed() {
      await().atMost(180, SECONDS).until(() -> fed.get() > 0);
    }
  }

  /** Records the answers from partitions to workers, and loses those that the test selects. */
  private AnswersHeard listenToAnswers(Predicate<FeedAnswer> arrives) {
    AnswersHeard heard = new AnswersHeard();
    partition.setNetwork(
        request -> {
          if (!(request instanceof Attach attach)) {
            return request;
          }
          heard.asked.incrementAndGet();
          return new Attach(
              attach.subscription(),
              attach.epoch(),
              attach.session(),
              attach.from(),
              relay(
                  FeedAnswer.class,
                  attach.worker(),
                  answer -> {
                    heard.answers.add(answer);
                    return arrives.test(answer);
                  }),
              relay(
                      ConsumerController.Command.class,
                      attach.consumerController().unsafeUpcast(),
                      batch -> {
                        heard.fed.incrementAndGet();
                        return true;
                      })
                  .unsafeUpcast(),
              attach.requests());
        });
    return heard;
  }

  /** Returns an actor that forwards messages to another one, and stops with it. */
  private static <M> org.apache.pekko.actor.typed.ActorRef<M> relay(
      Class<M> messages, org.apache.pekko.actor.typed.ActorRef<M> to, Predicate<M> arrives) {
    return node.spawn(
        Behaviors.setup(
            context -> {
              context.watch(to);
              return Behaviors.receive(messages)
                  .onAnyMessage(
                      message -> {
                        if (arrives.test(message)) {
                          to.tell(message);
                        }
                        return Behaviors.same();
                      })
                  .onSignal(Terminated.class, gone -> Behaviors.stopped())
                  .build();
            }));
  }

  @Test
  void a_predecessor_that_lives_on_can_not_move_the_cursor_once_its_successor_acts() {
    WorkerHarness worker = atLeastOnce().withCursorInterval(NEVER);
    org.apache.pekko.actor.typed.ActorRef<WorkerCommand> zombie = worker.start();
    partition.append(10);
    worker.awaitSeen(10);
    worker.start();
    worker.awaitSeen(20);
    zombie.tell(Worker.Stop.INSTANCE);
    node.kit().createTestProbe().expectTerminated(zombie, Duration.ofMinutes(3));
    assertThat(worker.faults().refused() + worker.failureFaults().refused()).isPositive();
    worker.stop();
    worker.forgetSeen();
    worker.start();
    partition.append(5);
    worker.awaitSeen(5);
    worker.assertSeenOnceInOrder(10, 15);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void failing_writes_of_cursors_and_batches_lose_nothing_and_reorder_nothing(long seed) {
    Random random = new Random(seed);
    WorkerHarness worker = atLeastOnce();
    worker.start();
    for (int invocation = 0; invocation < 10; invocation++) {
      switch (random.nextInt(4)) {
        case 0 -> worker.faults().failNextWrite();
        case 1 -> worker.faults().loseNextAnswer();
        case 2 -> partition.restart();
        default -> {}
      }
      partition.append(1 + random.nextInt(20));
    }
    int end = (int) partition.describe().endOffset();
    worker.awaitCursor(end);
    assertThat(worker.numbers().stream().distinct().toList())
        .isEqualTo(IntStream.range(0, end).boxed().toList());
    worker.assertKeysInOrder();
    assertThat(partition.stored())
        .extracting(LogEntry::offset)
        .isSorted()
        .doesNotHaveDuplicates()
        .hasSize(end);
    assertThat(worker.faults().happened()).isTrue();
  }
}
