package org.perille.internal.handler;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.DeadlineMissedException;
import org.perille.Nack;
import org.perille.internal.limit.Limiter;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;

class HandlerPoolTest {
  private final HandlerThreads handlerThreads = new HandlerThreads();
  private final Executor threads = handlerThreads.of("test");
  private final Queue<AttemptOutcome> outcomes = new ConcurrentLinkedQueue<>();
  private final AtomicReference<HandlerPool> pool = new AtomicReference<>();

  @AfterEach
  void close() {
    handlerThreads.close();
  }

  private HandlerPool pool(int parallelism, Invoker invoker) {
    return pool(threads, parallelism, invoker);
  }

  private HandlerPool pool(Executor executor, int parallelism, Invoker invoker) {
    pool.set(
        new HandlerPool(
            executor,
            invoker,
            new HandlerPool.PoolLimits(parallelism, Limiter.OPEN, Optional.empty()),
            () -> outcomes.addAll(pool.get().takeOutcomes())));
    return pool.get();
  }

  private static PendingDelivery delivery(String key, long offset) {
    return new PendingDelivery(
        new LogEntry(offset, 0, new LogMessage(key, "", Map.of(), 1, "", ByteString.EMPTY)),
        key,
        0,
        PendingDelivery.Past.NONE);
  }

  @FunctionalInterface
  private interface OneByOne extends Invoker {
    Optional<Throwable> handle(PendingDelivery delivery);

    @Override
    default int maxKeys() {
      return 1;
    }

    @Override
    default int maxMessages() {
      return 1;
    }

    @Override
    default CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation) {
      Optional<Throwable> failure = handle(invocation.runs().get(0).messages().get(0));
      return CompletableFuture.completedFuture(
          List.of(new KeyBatchResult(failure.isPresent() ? 0 : 1, failure)));
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(180, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void a_pool_is_idle_when_it_has_no_message_and_nothing_runs() {
    CountDownLatch release = new CountDownLatch(1);
    OneByOne waiting =
        delivery -> {
          awaitQuietly(release);
          return Optional.empty();
        };
    HandlerPool idle = pool(1, waiting);
    assertThat(idle.isIdle()).isTrue();
    idle.add(List.of(delivery("a", 1), delivery("b", 2)));
    assertThat(idle.isIdle()).isFalse();
    release.countDown();
    await().until(idle::isIdle);
    assertThat(outcomes).hasSize(2);
  }

  @Test
  void messages_that_are_handled_at_once_or_that_wait_take_one_thread_and_not_one_each() {
    Queue<Runnable> called = new ArrayDeque<>();
    List<CompletableFuture<List<Invoker.KeyBatchResult>>> waiting = new ArrayList<>();
    Invoker halfOfThemWait =
        new OneByOne() {
          @Override
          public Optional<Throwable> handle(PendingDelivery delivery) {
            return Optional.empty();
          }

          @Override
          public CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation) {
            if (invocation.runs().get(0).messages().get(0).entry().offset() % 2 == 0) {
              return OneByOne.super.invoke(invocation);
            }
            waiting.add(new CompletableFuture<>());
            return waiting.get(waiting.size() - 1);
          }
        };
    pool(called::add, 1000, halfOfThemWait)
        .add(LongStream.range(0, 1000).mapToObj(i -> delivery("k" + i, i)).toList());
    int calls = 0;
    for (Runnable next = called.poll(); next != null; next = called.poll()) {
      next.run();
      calls++;
    }
    waiting.forEach(
        result -> result.complete(List.of(new Invoker.KeyBatchResult(1, Optional.empty()))));
    assertThat(outcomes).hasSize(1000);
    assertThat(calls).isLessThanOrEqualTo(2);
    assertThat(called).isEmpty();
    assertThat(pool.get().close()).isCompleted();
  }

  @Test
  void keys_run_at_once_and_each_in_order() {
    Map<String, List<Long>> seen = new ConcurrentHashMap<>();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch together = new CountDownLatch(4);
    OneByOne invoker =
        delivery -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          together.countDown();
          awaitQuietly(together);
          seen.computeIfAbsent(delivery.key(), k -> new ArrayList<>())
              .add(delivery.entry().offset());
          running.decrementAndGet();
          return Optional.empty();
        };
    List<PendingDelivery> deliveries = new ArrayList<>();
    for (long i = 0; i < 400; i++) {
      deliveries.add(delivery("k" + i % 8, i));
    }
    pool(4, invoker).add(deliveries);
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 400);
    assertThat(most).hasValue(4);
    assertThat(seen).hasSize(8).allSatisfy((key, offsets) -> assertThat(offsets).isSorted());
  }

  @Test
  void a_slow_key_holds_back_only_itself() {
    CountDownLatch release = new CountDownLatch(1);
    OneByOne invoker =
        delivery -> {
          if (delivery.key().equals("slow")) {
            awaitQuietly(release);
          }
          return Optional.empty();
        };
    List<PendingDelivery> deliveries =
        new ArrayList<>(List.of(delivery("slow", 0), delivery("slow", 1)));
    for (long i = 2; i < 100; i++) {
      deliveries.add(delivery("k" + i, i));
    }
    pool(2, invoker).add(deliveries);
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 98);
    release.countDown();
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 100);
  }

  @Test
  void a_failed_message_waits_with_its_key_until_it_is_withdrawn() {
    AtomicInteger attempts = new AtomicInteger();
    List<Long> handled = new ArrayList<>();
    OneByOne invoker =
        delivery -> {
          if (delivery.entry().offset() == 0 && attempts.incrementAndGet() < 3) {
            return Optional.of(new IllegalStateException("planned"));
          }
          synchronized (handled) {
            handled.add(delivery.entry().offset());
          }
          return Optional.empty();
        };
    HandlerPool running = pool(2, invoker);
    running.add(List.of(delivery("a", 0), delivery("a", 1), delivery("b", 2)));
    for (int failures = 1; failures <= 2; failures++) {
      int expected = failures;
      await()
          .atMost(180, SECONDS)
          .until(
              () ->
                  outcomes.stream().filter(AttemptOutcome.Failed.class::isInstance).count()
                      == expected);
      List<PendingDelivery> behind = running.withdraw("a");
      running.add(List.of(delivery("a", 0)));
      running.add(behind);
    }
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 5);
    assertThat(handled.indexOf(0L)).isLessThan(handled.indexOf(1L));
  }

  @Test
  void a_skipped_message_is_not_tried_again_and_its_key_goes_on() {
    Queue<Long> tried = new ConcurrentLinkedQueue<>();
    OneByOne invoker =
        delivery -> {
          tried.add(delivery.entry().offset());
          return delivery.entry().offset() == 0
              ? Optional.of(new IllegalStateException("planned"))
              : Optional.empty();
        };
    HandlerPool running = pool(1, invoker);
    running.add(List.of(delivery("a", 0), delivery("a", 1)));
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 1);
    running.skip("a");
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 2);
    assertThat(tried).containsExactly(0L, 1L);
  }

  @Test
  void closing_begins_nothing_more_and_waits_for_what_runs() {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch running = new CountDownLatch(1);
    OneByOne invoker =
        delivery -> {
          running.countDown();
          awaitQuietly(release);
          return Optional.empty();
        };
    HandlerPool closing = pool(1, invoker);
    closing.add(List.of(delivery("a", 0), delivery("b", 1)));
    awaitQuietly(running);
    CompletableFuture<Void> quiet = closing.close().toCompletableFuture();
    assertThat(quiet).isNotDone();
    release.countDown();
    await().atMost(180, SECONDS).until(quiet::isDone);
    assertThat(outcomes).hasSize(1);
  }

  @Test
  void a_stage_that_completes_later_frees_its_place_then() {
    CompletableFuture<List<Invoker.KeyBatchResult>> later = new CompletableFuture<>();
    AtomicInteger invoked = new AtomicInteger();
    Invoker invoker =
        new Invoker() {
          @Override
          public int maxKeys() {
            return 1;
          }

          @Override
          public int maxMessages() {
            return 1;
          }

          @Override
          public CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation) {
            return invoked.incrementAndGet() == 1
                ? later
                : CompletableFuture.completedFuture(
                    List.of(new KeyBatchResult(1, Optional.empty())));
          }
        };
    pool(1, invoker).add(List.of(delivery("a", 0), delivery("b", 1)));
    await().atMost(180, SECONDS).until(() -> invoked.get() == 1);
    assertThat(outcomes).isEmpty();
    later.complete(List.of(new Invoker.KeyBatchResult(1, Optional.empty())));
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 2);
  }

  @Test
  void an_invoker_that_breaks_ends_the_pool_and_says_why() {
    OneByOne invoker =
        delivery -> {
          throw new IllegalStateException("planned");
        };
    HandlerPool breaking = pool(1, invoker);
    breaking.add(List.of(delivery("a", 0), delivery("b", 1)));
    await().atMost(180, SECONDS).until(() -> !outcomes.isEmpty());
    assertThat(outcomes)
        .singleElement()
        .isInstanceOfSatisfying(
            AttemptOutcome.Broken.class,
            broken -> assertThat(broken.cause()).hasMessage("planned"));
    await().atMost(180, SECONDS).until(() -> breaking.close().toCompletableFuture().isDone());
  }

  private static final OneByOne SUCCEEDS = delivery -> Optional.empty();

  /** Returns a limiter that counts the permits that weren't returned. */
  private static Limiter counting(AtomicInteger inside) {
    return (messages, whenWorthAsking) -> {
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
  }

  private void assertBreaksWithoutLosingASlot(
      Executor executor, Invoker invoker, Limiter limiter, Throwable cause) {
    pool.set(
        new HandlerPool(
            executor,
            invoker,
            new HandlerPool.PoolLimits(2, limiter, Optional.empty()),
            () -> outcomes.addAll(pool.get().takeOutcomes())));
    pool.get().add(List.of(delivery("a", 0), delivery("b", 1)));
    await().atMost(180, SECONDS).until(() -> !outcomes.isEmpty());
    assertThat(outcomes)
        .filteredOn(AttemptOutcome.Broken.class::isInstance)
        .first()
        .isEqualTo(new AttemptOutcome.Broken(cause));
    await().atMost(180, SECONDS).until(() -> pool.get().close().toCompletableFuture().isDone());
  }

  @Test
  void a_pool_that_gets_no_thread_is_broken_and_loses_no_slot() {
    OutOfMemoryError noThread = new OutOfMemoryError("unable to create native thread");
    assertBreaksWithoutLosingASlot(
        task -> {
          throw noThread;
        },
        SUCCEEDS,
        Limiter.OPEN,
        noThread);
  }

  @Test
  void the_pool_of_a_worker_that_has_ended_takes_no_permit_along() {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger invoked = new AtomicInteger();
    CompletableFuture<List<Invoker.KeyBatchResult>> never = new CompletableFuture<>();
    Invoker invoker =
        new OneByOne() {
          @Override
          public Optional<Throwable> handle(PendingDelivery delivery) {
            throw new AssertionError("not called");
          }

          @Override
          public CompletionStage<List<Invoker.KeyBatchResult>> invoke(Invocation invocation) {
            // The second one waits for its write.
            if (invoked.incrementAndGet() == 2) {
              assertThat(invocation.mayCommit()).isTrue();
            }
            return never;
          }
        };
    pool.set(
        new HandlerPool(
            Runnable::run,
            invoker,
            new HandlerPool.PoolLimits(2, counting(inside), Optional.empty()),
            () -> {}));
    pool.get().add(List.of(delivery("a", 0), delivery("b", 1)));
    assertThat(invoked).hasValue(2);
    assertThat(inside).hasValue(2);
    pool.get().leave();
    assertThat(inside).hasValue(0);
    // A result that arrives after all doesn't return the permit twice.
    never.complete(List.of(new Invoker.KeyBatchResult(1, Optional.empty())));
    assertThat(inside).hasValue(0);
  }

  @Test
  void a_handler_that_returns_a_stage_after_its_worker_has_ended_takes_no_permit_along() {
    AtomicInteger inside = new AtomicInteger();
    Invoker invoker =
        new OneByOne() {
          @Override
          public Optional<Throwable> handle(PendingDelivery delivery) {
            throw new AssertionError("not called");
          }

          @Override
          public CompletionStage<List<Invoker.KeyBatchResult>> invoke(Invocation invocation) {
            pool.get().leave();
            assertThat(inside).hasValue(1);
            return new CompletableFuture<>();
          }
        };
    pool.set(
        new HandlerPool(
            Runnable::run,
            invoker,
            new HandlerPool.PoolLimits(2, counting(inside), Optional.empty()),
            () -> {}));
    pool.get().add(List.of(delivery("a", 0)));
    assertThat(inside).hasValue(0);
  }

  @Test
  void a_pool_whose_limiter_fails_is_broken_and_loses_no_slot() {
    OutOfMemoryError error = new OutOfMemoryError("planned");
    assertBreaksWithoutLosingASlot(
        threads,
        SUCCEEDS,
        (messages, whenWorthAsking) -> {
          throw error;
        },
        error);
  }

  @Test
  void a_pool_that_fails_on_a_result_is_broken_and_has_left_the_limiter() {
    AtomicInteger inside = new AtomicInteger();
    StackOverflowError error = new StackOverflowError();
    for (boolean late : new boolean[] {false, true}) {
      outcomes.clear();
      List<Invoker.KeyBatchResult> unreadable =
          new AbstractList<>() {
            @Override
            public Invoker.KeyBatchResult get(int index) {
              throw error;
            }

            @Override
            public int size() {
              return 1;
            }
          };
      Invoker invoker =
          new OneByOne() {
            @Override
            public Optional<Throwable> handle(PendingDelivery delivery) {
              return Optional.empty();
            }

            @Override
            public CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation) {
              return late
                  ? CompletableFuture.supplyAsync(() -> unreadable)
                  : CompletableFuture.completedFuture(unreadable);
            }
          };
      assertBreaksWithoutLosingASlot(threads, invoker, counting(inside), error);
      await().atMost(180, SECONDS).untilAsserted(() -> assertThat(inside).hasValue(0));
    }
  }

  @Test
  void a_pool_that_cant_give_a_message_up_is_broken_and_loses_no_slot() {
    StackOverflowError error = new StackOverflowError();
    Invoker invoker =
        new OneByOne() {
          @Override
          public Optional<Throwable> handle(PendingDelivery delivery) {
            return Optional.of(new IllegalStateException("planned"));
          }

          @Override
          public boolean keepsEffects() {
            return true;
          }

          @Override
          public CompletionStage<GivingUp> giveUp(PendingDelivery delivery) {
            throw error;
          }
        };
    PendingDelivery delivery = delivery("a", 0);
    HandlerPool breaking = pool(1, invoker);
    breaking.add(List.of(delivery));
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 1);
    assertThat(breaking.giveUp(delivery, error, null)).isTrue();
    await().atMost(180, SECONDS).until(() -> outcomes.contains(new AttemptOutcome.Broken(error)));
    await().atMost(180, SECONDS).until(() -> breaking.close().toCompletableFuture().isDone());
  }

  /** An invoker whose invocations end on request, whatever their size. */
  private static final class Stuck implements Invoker {
    private final Queue<Invocation> invocations = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<List<KeyBatchResult>>> answers =
        new ConcurrentLinkedQueue<>();
    private final int atOnce;

    Stuck(int atOnce) {
      this.atOnce = atOnce;
    }

    @Override
    public int maxKeys() {
      return atOnce;
    }

    @Override
    public int maxMessages() {
      return atOnce;
    }

    @Override
    public CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation) {
      CompletableFuture<List<KeyBatchResult>> answer = new CompletableFuture<>();
      invocation.begin(invocation.runs().get(0).messages().get(0), System.nanoTime());
      answers.add(answer);
      invocations.add(invocation);
      return answer;
    }

    void awaitInvocations(int number) {
      await().atMost(180, SECONDS).until(() -> invocations.size() == number);
    }

    /** Ends the oldest invocation under way. */
    void answer() {
      answers
          .remove()
          .complete(
              invocations.remove().runs().stream()
                  .map(run -> new KeyBatchResult(run.messages().size(), Optional.empty()))
                  .toList());
    }
  }

  private HandlerPool withDeadline(int parallelism, Invoker invoker) {
    pool.set(
        new HandlerPool(
            threads,
            invoker,
            new HandlerPool.PoolLimits(
                parallelism, Limiter.OPEN, Optional.of(Duration.ofMinutes(1))),
            () -> outcomes.addAll(pool.get().takeOutcomes())));
    return pool.get();
  }

  private static long later() {
    return System.nanoTime() + Duration.ofMinutes(2).toNanos();
  }

  @Test
  void a_handler_that_misses_its_deadline_has_failed_and_its_late_answer_counts_for_nothing() {
    Stuck handler = new Stuck(1);
    HandlerPool waiting = withDeadline(1, handler);
    waiting.add(List.of(delivery("a", 0), delivery("b", 1)));
    handler.awaitInvocations(1);
    waiting.abandonOverdue(System.nanoTime());
    assertThat(outcomes).isEmpty();
    Invocation late = handler.invocations.peek();
    waiting.abandonOverdue(later());
    assertThat(outcomes)
        .singleElement()
        .isInstanceOfSatisfying(
            AttemptOutcome.Failed.class,
            failed ->
                assertThat(failed.cause())
                    .isInstanceOf(DeadlineMissedException.class)
                    .hasMessageContaining("PT1M"));
    handler.awaitInvocations(2);
    assertThat(late.mayCommit()).isFalse();
    handler.answer();
    assertThat(outcomes).hasSize(1);
    handler.answer();
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 2);
    assertThat(outcomes).last().isInstanceOf(AttemptOutcome.Done.class);
  }

  @Test
  void what_comes_before_the_handler_gets_its_message_is_not_deferred_against_it() {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    OneByOne slowToBegin =
        delivery -> {
          entered.countDown();
          awaitQuietly(release);
          return Optional.empty();
        };
    HandlerPool waiting = withDeadline(1, slowToBegin);
    waiting.add(List.of(delivery("a", 0)));
    awaitQuietly(entered);
    waiting.abandonOverdue(later());
    assertThat(outcomes).isEmpty();
    release.countDown();
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 1);
    assertThat(outcomes).singleElement().isInstanceOf(AttemptOutcome.Done.class);
  }

  @Test
  void a_drain_waits_for_a_deferred_key_unless_it_is_deferred_for_good() {
    HandlerPool draining =
        pool(
            1,
            (OneByOne)
                delivery ->
                    delivery.key().equals("a")
                        ? Optional.of(new IllegalStateException("planned"))
                        : Optional.empty());
    draining.add(List.of(delivery("a", 0), delivery("a", 1), delivery("b", 2)));
    CompletableFuture<Void> drained = draining.drain().toCompletableFuture();
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 2);
    assertThat(drained).isNotDone();
    draining.holdForGood();
    await().atMost(180, SECONDS).until(drained::isDone);
  }

  @Test
  void a_pool_that_is_closed_does_not_wait_for_a_handler_that_is_given_up() {
    Stuck handler = new Stuck(1);
    HandlerPool closing = withDeadline(1, handler);
    closing.add(List.of(delivery("a", 0)));
    handler.awaitInvocations(1);
    CompletableFuture<Void> quiet = closing.close().toCompletableFuture();
    assertThat(quiet).isNotDone();
    closing.abandonOverdue(later());
    assertThat(quiet).isCompleted();
  }

  @Test
  void a_handler_that_is_just_committing_is_waited_for() {
    Stuck handler = new Stuck(1);
    HandlerPool waiting = withDeadline(1, handler);
    waiting.add(List.of(delivery("a", 0)));
    handler.awaitInvocations(1);
    assertThat(handler.invocations.element().mayCommit()).isTrue();
    waiting.abandonOverdue(later());
    assertThat(outcomes).isEmpty();
    handler.answer();
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 1);
    assertThat(outcomes).singleElement().isInstanceOf(AttemptOutcome.Done.class);
  }

  @Test
  void of_several_messages_that_take_too_long_together_each_is_tried_alone() {
    Stuck handler = new Stuck(10);
    HandlerPool waiting = withDeadline(4, handler);
    waiting.pause(true);
    waiting.add(List.of(delivery("a", 0), delivery("a", 1), delivery("b", 2)));
    waiting.pause(false);
    handler.awaitInvocations(1);
    assertThat(handler.invocations.element().size()).isEqualTo(3);
    waiting.abandonOverdue(later());
    assertThat(outcomes).isEmpty();
    handler.awaitInvocations(3);
    assertThat(handler.invocations).extracting(Invocation::size).containsExactly(3, 1, 1);
    handler.answer();
    handler.answer();
    handler.answer();
    handler.awaitInvocations(1);
    handler.answer();
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 3);
  }

  @Test
  void handlers_that_hang_are_bounded_and_work_goes_on_when_one_of_them_ends() {
    Stuck handler = new Stuck(1);
    HandlerPool waiting = withDeadline(2, handler);
    List<PendingDelivery> deliveries = new ArrayList<>();
    for (long i = 0; i < 10; i++) {
      deliveries.add(delivery("k" + i, i));
    }
    waiting.add(deliveries);
    handler.awaitInvocations(2);
    waiting.abandonOverdue(later());
    handler.awaitInvocations(4);
    waiting.abandonOverdue(later());
    assertThat(outcomes).hasSize(4);
    assertThat(handler.invocations).hasSize(4);
    handler.answer();
    handler.awaitInvocations(4);
    handler.answer();
    handler.awaitInvocations(4);
    assertThat(outcomes).hasSize(4);
  }

  @Test
  void nothing_begins_while_it_is_paused() {
    Stuck handler = new Stuck(1);
    HandlerPool paused = withDeadline(1, handler);
    paused.pause(true);
    paused.add(List.of(delivery("a", 0)));
    assertThat(handler.invocations).isEmpty();
    assertThat(paused.takeUntried()).hasSize(1);
  }

  /** A permit for one message, which records how it was returned. */
  private record CountedRun(Queue<String> left) implements Limiter.Permit {
    @Override
    public int messages() {
      return 1;
    }

    @Override
    public void leave(int unused, int succeeded, int failed) {
      left.add(unused + " " + succeeded + " " + failed);
    }
  }

  @Test
  void a_closed_limiter_is_asked_again_when_it_says_so_and_learns_what_became_of_it() {
    Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    Queue<String> left = new ConcurrentLinkedQueue<>();
    AtomicInteger open = new AtomicInteger();
    Limiter limiter =
        (messages, whenWorthAsking) -> {
          if (open.get() == 0) {
            waiting.add(whenWorthAsking);
            return Optional.empty();
          }
          return Optional.of(new CountedRun(left));
        };
    OneByOne invoker =
        delivery ->
            delivery.key().equals("bad")
                ? Optional.of(new IllegalStateException("planned"))
                : delivery.key().equals("no")
                    ? Optional.of(Nack.retry("planned"))
                    : Optional.empty();
    pool.set(
        new HandlerPool(
            threads,
            invoker,
            new HandlerPool.PoolLimits(1, limiter, Optional.empty()),
            () -> outcomes.addAll(pool.get().takeOutcomes())));
    pool.get().add(List.of(delivery("good", 0), delivery("bad", 1), delivery("no", 2)));
    await().atMost(180, SECONDS).until(() -> waiting.size() == 1);
    assertThat(outcomes).isEmpty();
    open.set(1);
    waiting.remove().run();
    await().atMost(180, SECONDS).until(() -> outcomes.size() == 3);
    assertThat(left).containsExactly("0 1 0", "0 0 1", "0 0 0");
  }
}
