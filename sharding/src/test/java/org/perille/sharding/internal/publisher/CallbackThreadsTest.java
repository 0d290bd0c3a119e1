package org.perille.sharding.internal.publisher;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CallbackThreadsTest {
  private final CallbackThreads threads = new CallbackThreads();
  private final CountDownLatch release = new CountDownLatch(1);

  private void block() {
    try {
      assertThat(release.await(300, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void quiet_topics_share_a_thread() throws Exception {
    Set<Thread> used = ConcurrentHashMap.newKeySet();
    for (int topic = 0; topic < 50; topic++) {
      CountDownLatch done = new CountDownLatch(1);
      threads
          .of("topic-" + topic, 8)
          .execute(
              () -> {
                used.add(Thread.currentThread());
                done.countDown();
              });
      assertThat(done.await(300, SECONDS)).isTrue();
      // A thread that has run its last task waits for the next one only some instructions later.
      await()
          .pollInterval(Duration.ofMillis(1))
          .atMost(300, SECONDS)
          .until(() -> used.stream().allMatch(CallbackThreadsTest::waits));
    }
    assertThat(used).hasSize(1);
  }

  private static boolean waits(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING;
  }

  @Test
  void callbacks_that_block_use_up_the_threads_of_their_topic_and_no_others() throws Exception {
    Executor blocked = threads.of("blocked", 3);
    AtomicInteger begun = new AtomicInteger();
    for (int i = 0; i < 5; i++) {
      blocked.execute(
          () -> {
            begun.incrementAndGet();
            block();
          });
    }
    CountDownLatch other = new CountDownLatch(1);
    threads.of("other", 1).execute(other::countDown);
    assertThat(other.await(300, SECONDS)).isTrue();
    await().atMost(300, SECONDS).until(() -> begun.get() == 3);
    release.countDown();
    await().atMost(300, SECONDS).until(() -> begun.get() == 5);
  }

  @Test
  void callbacks_that_wait_begin_in_their_order() {
    Executor executor = threads.of("topic", 1);
    Queue<Integer> order = new ConcurrentLinkedQueue<>();
    executor.execute(this::block);
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      expected.add(number);
      executor.execute(() -> order.add(number));
    }
    release.countDown();
    await().atMost(300, SECONDS).until(() -> order.size() == 100);
    assertThat(List.copyOf(order)).isEqualTo(expected);
  }

  @Test
  void one_that_throws_keeps_none_behind_it_from_running() throws Exception {
    Executor executor = threads.of("topic", 1);
    executor.execute(
        () -> {
          Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> {});
          block();
          throw new IllegalStateException("planned");
        });
    CountDownLatch behind = new CountDownLatch(1);
    executor.execute(behind::countDown);
    release.countDown();
    assertThat(behind.await(300, SECONDS)).isTrue();
  }

  @Test
  void an_interrupt_by_a_callback_does_not_reach_the_next_one() throws Exception {
    Executor executor = threads.of("topic", 1);
    executor.execute(() -> Thread.currentThread().interrupt());
    CountDownLatch clean = new CountDownLatch(1);
    executor.execute(
        () -> {
          if (!Thread.currentThread().isInterrupted()) {
            clean.countDown();
          }
        });
    assertThat(clean.await(300, SECONDS)).isTrue();
  }
}
