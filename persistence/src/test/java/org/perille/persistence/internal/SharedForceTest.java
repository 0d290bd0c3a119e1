package org.perille.persistence.internal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedForceTest {
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final ExecutorService writers = Executors.newCachedThreadPool();

  /** The number of forces that have started, and permits to end. */
  private final AtomicInteger begun = new AtomicInteger();

  private final Semaphore mayEnd = new Semaphore(0);
  private final List<Throwable> failures = new ArrayList<>();
  private final SharedForce force = new SharedForce(thread, this::force);

  @AfterEach
  void stop() {
    mayEnd.release(1000);
    thread.shutdown();
    writers.shutdown();
  }

  private void force() throws IOException {
    int number = begun.incrementAndGet();
    mayEnd.acquireUninterruptibly();
    if (number <= failures.size()) {
      if (failures.get(number - 1) instanceof IOException e) {
        throw e;
      }
      throw (Error) failures.get(number - 1);
    }
  }

  private CompletableFuture<Void> writer() {
    return CompletableFuture.runAsync(
        () -> {
          try {
            force.await();
          } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
          }
        },
        writers);
  }

  private CompletableFuture<Void> runningForce() {
    CompletableFuture<Void> first = writer();
    await().atMost(60, SECONDS).until(() -> begun.get() == 1);
    return first;
  }

  @Test
  void each_write_that_is_alone_has_a_force_of_its_own() throws IOException {
    mayEnd.release(100);
    for (int i = 1; i <= 100; i++) {
      force.await();
      assertThat(begun).hasValue(i);
    }
  }

  @Test
  void who_comes_while_a_force_runs_waits_for_the_next_one_which_all_share() {
    CompletableFuture<Void> first = runningForce();
    List<Thread> waiting = new ArrayList<>();
    AtomicInteger done = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      Thread writer =
          new Thread(
              () -> {
                try {
                  force.await();
                  done.incrementAndGet();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      writer.start();
      waiting.add(writer);
    }
    await()
        .atMost(60, SECONDS)
        .until(() -> waiting.stream().allMatch(t -> t.getState() == Thread.State.WAITING));
    mayEnd.release();
    assertThat(first).succeedsWithin(60, SECONDS);
    await().atMost(60, SECONDS).until(() -> begun.get() == 2);
    assertThat(done).as("the running force may have begun before their writes").hasValue(0);
    mayEnd.release();
    await().atMost(60, SECONDS).until(() -> done.get() == 20);
    assertThat(begun).hasValue(2);
  }

  @Test
  void a_force_that_fails_fails_whom_it_covers_and_nobody_else() {
    failures.add(new IOException("no space"));
    CompletableFuture<Void> first = runningForce();
    CompletableFuture<Void> second = writer();
    mayEnd.release(2);
    assertThatThrownBy(first::join).hasMessageContaining("no space");
    assertThat(second)
        .satisfiesAnyOf(
            s -> assertThat(s).succeedsWithin(60, SECONDS),
            // It may have arrived before the first force started.
            s -> assertThat(s).isCompletedExceptionally());
    mayEnd.release();
    assertThat(writer()).succeedsWithin(60, SECONDS);
  }

  @Test
  void an_error_while_forcing_is_answered_and_doesnt_stop_later_forces() {
    failures.add(new OutOfMemoryError("a test"));
    mayEnd.release(2);
    assertThatThrownBy(() -> force.await()).isInstanceOf(IOException.class);
    assertThat(writer()).succeedsWithin(60, SECONDS);
  }

  @Test
  void an_interrupted_writer_waits_on_until_its_write_is_durable_and_stays_interrupted()
      throws Exception {
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread writer =
        new Thread(
            () -> {
              try {
                force.await();
                interrupted.set(Thread.currentThread().isInterrupted());
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    writer.start();
    await().atMost(60, SECONDS).until(() -> begun.get() == 1);
    writer.interrupt();
    await().during(java.time.Duration.ofMillis(100)).atMost(60, SECONDS).until(writer::isAlive);
    mayEnd.release();
    writer.join(60_000);
    assertThat(writer.isAlive()).isFalse();
    assertThat(interrupted).isTrue();
  }

  @Test
  void without_a_thread_to_force_the_writer_fails_and_a_later_one_tries_again() throws IOException {
    AtomicInteger attempts = new AtomicInteger();
    SharedForce once =
        new SharedForce(
            task -> {
              if (attempts.incrementAndGet() == 1) {
                throw new RejectedExecutionException("no thread");
              }
              task.run();
            },
            () -> {});
    assertThatThrownBy(once::await).hasMessageContaining("no thread");
    once.await();
    assertThat(attempts).hasValue(2);
  }

  @Test
  void many_writers_are_all_answered() {
    mayEnd.release(1000);
    List<CompletableFuture<Void>> all = IntStream.range(0, 500).mapToObj(i -> writer()).toList();
    assertThat(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)))
        .succeedsWithin(60, SECONDS);
    assertThat(begun.get()).isBetween(1, 500);
  }
}
