package org.perille.internal.limit;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Limits;

/** Goal: the limits hold for workers on threads of their own, in real time. */
class NodeLimiterThreadsTest {
  private static final int WORKERS = 8;

  private final ExecutorService callbacks = Executors.newSingleThreadExecutor();
  private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger mostRunning = new AtomicInteger();
  private final AtomicLong begun = new AtomicLong();

  @AfterEach
  void stop() {
    workers.shutdownNow();
    callbacks.shutdownNow();
  }

  private Limiter limiter(Limits limits) {
    return new NodeLimiter(
        "s",
        limits,
        Optional.empty(),
        System::nanoTime,
        (delay, task) ->
            CompletableFuture.delayedExecutor(delay.toNanos(), NANOSECONDS).execute(task),
        callbacks);
  }

  /** Executes a number of runs, and waits for a call when nothing is permitted. */
  private void work(Limiter limiter, int runs) throws InterruptedException {
    Semaphore calls = new Semaphore(0);
    Runnable callback = calls::release;
    for (int i = 0; i < runs; ) {
      Optional<Limiter.Permit> run = limiter.enter(3, callback);
      if (run.isPresent()) {
        mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
        begun.addAndGet(run.get().messages());
        LockSupport.parkNanos(1);
        running.decrementAndGet();
        run.get().leave(0, run.get().messages(), 0);
        i++;
      } else if (!calls.tryAcquire(30, SECONDS)) {
        throw new IllegalStateException("not called within 30 s");
      }
    }
  }

  private void workAll(Limiter limiter, int runs) throws Exception {
    List<Future<?>> all = new ArrayList<>();
    CountDownLatch start = new CountDownLatch(1);
    for (int i = 0; i < WORKERS; i++) {
      all.add(
          workers.submit(
              () -> {
                start.await();
                work(limiter, runs);
                return null;
              }));
    }
    start.countDown();
    for (Future<?> worker : all) {
      worker.get(180, SECONDS);
    }
  }

  @Test
  void no_more_run_at_once_than_may_and_every_worker_gets_its_runs_done() throws Exception {
    workAll(limiter(Limits.none().withConcurrencyPerNode(2)), 300);
    assertThat(mostRunning).hasValueLessThanOrEqualTo(2);
    assertThat(running).hasValue(0);
  }

  @Test
  void no_more_messages_begin_than_the_rate_allows_and_every_worker_gets_its_runs_done()
      throws Exception {
    long start = System.nanoTime();
    workAll(limiter(Limits.none().withRatePerNode(2000)), 100);
    double seconds = (System.nanoTime() - start) / (double) SECONDS.toNanos(1);
    assertThat(begun.doubleValue()).isLessThanOrEqualTo(2000 * seconds + 200);
  }
}
