package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.Allocation;
import org.perille.internal.OneNode;
import org.perille.internal.OneNode.Line;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.Failures;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.PartitionId;
import org.slf4j.helpers.NOPLogger;

/** What a worker promises when its storages answer late or not at all: one step at a time. */
class WorkerCoreTest {
  private static final Topic<Line> LINES = Topic.of("lines", Line.class).keyedBy(Line::key);
  private static OneNode node;

  private final Surroundings surroundings = new Surroundings();
  private final List<Long> handled = new ArrayList<>();
  private final List<Cursor> cursorsToStore = new ArrayList<>();
  private final List<List<Change>> failuresToStore = new ArrayList<>();

  @BeforeAll
  static void startNode() {
    node = new OneNode();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  /** Does what the worker asks for when the test says so. */
  private static final class Surroundings implements WorkerCore.Shell {
    private final ArrayDeque<Runnable> turns = new ArrayDeque<>();

    @Override
    public void inTurn(Runnable what) {
      turns.add(what);
    }

    void takeTurns() {
      while (!turns.isEmpty()) {
        turns.poll().run();
      }
    }

    @Override
    public void wakeAt(long millis) {}

    @Override
    public void flushLater() {}

    @Override
    public void askForBatch() {}

    @Override
    public void endSoon() {}
  }

  private WorkerCore<Line> core(Subscription<Line> subscription) {
    WorkerCore<Line> core =
        new WorkerCore<>(
            new Worker.Assignment<>(
                subscription.name(),
                subscription,
                new PartitionId("lines", 0),
                OneNode.workerSettings(Duration.ofHours(1)),
                node.codec(),
                Runnable::run,
                request -> {},
                topic -> {
                  throw new IllegalStateException("no handler here publishes");
                },
                (id, from, to) -> CompletableFuture.completedFuture(List.of()),
                Gate.OPEN,
                Clock.systemUTC()),
            NOPLogger.NOP_LOGGER,
            surroundings);
    core.failuresRecovered(new Failures().snapshot(), failuresToStore::add);
    return core;
  }

  private void begin(WorkerCore<Line> core, Cursor recovered) {
    Invoker invoker =
        FunctionInvoker.blocking(
            new Deliveries<>(
                "worker",
                new PartitionId("lines", 0),
                node.codec(),
                WorkerTime.of(Clock.systemUTC())),
            delivery -> handled.add(delivery.offset()));
    core.begin(7, Optional.of(recovered), invoker, cursorsToStore::add);
  }

  /**
   * The cursor may be younger than the failures: who had them in between may have put aside what
   * the cursor has passed. That nobody has is sure when this worker has written to the log.
   */
  @Test
  void nobody_is_told_that_a_message_is_finished_before_the_worker_is_sure_of_its_failures() {
    WorkerCore<Line> core = core(Subscription.of("worker", LINES).atLeastOnce(delivery -> {}));
    begin(core, new Cursor(OffsetSet.below(5), List.of(), 5, Generation.startingAt(0)));
    TestInbox<WorkerRequest.Finished> asks = TestInbox.create();
    core.awaitFinished(new WorkerRequest.AwaitFinished(3, asks.getRef()));
    core.proceed();
    core.flush();
    surroundings.takeTurns();
    assertThat(asks.hasMessages()).isFalse();
    assertThat(core.durablyHandled().contains(3)).isFalse();

    assertThat(failuresToStore).hasSize(1);
    core.failuresSaved();
    asks.expectMessage(new WorkerRequest.Finished(3, false));
    assertThat(core.durablyHandled().contains(3)).isTrue();
  }

  @Test
  void a_worker_that_ends_does_not_wait_for_a_cursor_that_could_not_be_stored() {
    WorkerCore<Line> core = core(Subscription.of("worker", LINES).atMostOnce(delivery -> {}));
    begin(core, Cursor.startingAt(0, 1));
    core.flush();
    core.failuresSaved();
    core.received(
        new FeedBatch(1, List.of(new LogEntry(0, 0, node.message("key", 0))), Optional.empty()));
    assertThat(cursorsToStore).hasSize(1);
    core.stop();
    surroundings.takeTurns();
    assertThat(core.end()).isEmpty();

    core.cantGoOn(new IllegalStateException("planned: the cursor was not stored"));
    surroundings.takeTurns();
    assertThat(core.end()).contains(WorkerCore.Stopped.INSTANCE);
    assertThat(handled).isEmpty();
  }

  /** Handles messages, each of them a batch, and makes durable whatever wants to be. */
  private int rememberedAfter(WorkerCore<Line> core, int batches) {
    begin(core, Cursor.startingAt(0, 1));
    for (int i = 0; i < batches; i++) {
      core.received(
          new FeedBatch(
              i + 1, List.of(new LogEntry(i, 0, node.message("key" + i, i))), Optional.empty()));
      settle(core);
    }
    assertThat(handled).hasSize(batches);
    return core.rememberedBatches();
  }

  /** Bytes for a message that is handled beside messages that wait until tomorrow. */
  private long workBeside(int waiting) {
    handled.clear();
    Failures failures = new Failures();
    for (int i = 0; i < waiting; i++) {
      failures.apply(
          new Change.PutAside(new Change.Place("waiting" + i, 2L * i, 1), Long.MAX_VALUE, false));
    }
    WorkerCore<Line> core = core(Subscription.of("worker", LINES).atLeastOnce(delivery -> {}));
    core.failuresRecovered(failures.snapshot(), failuresToStore::add);
    long begin = 2L * waiting;
    begin(core, Cursor.startingAt(begin, 1));
    settle(core);
    int messages = 100;
    long bytes =
        Allocation.of(
            () -> {
              for (int i = 0; i < messages; i++) {
                core.received(
                    new FeedBatch(
                        i + 1,
                        List.of(new LogEntry(begin + i, 0, node.message("key", i))),
                        Optional.empty()));
                settle(core);
              }
            });
    assertThat(handled).hasSize(messages);
    assertThat(core.durablyHandled().contains(begin)).isTrue();
    return bytes / messages;
  }

  @Test
  void a_cursor_takes_no_more_work_because_a_hundred_thousand_messages_were_put_aside() {
    workBeside(10);
    assertThat(workBeside(100_000)).isLessThan(workBeside(10) + 50_000);
  }

  private void settle(WorkerCore<Line> core) {
    boolean stored = true;
    while (stored) {
      surroundings.takeTurns();
      core.flush();
      stored = !failuresToStore.isEmpty() || !cursorsToStore.isEmpty();
      if (!failuresToStore.isEmpty()) {
        failuresToStore.remove(0);
        core.failuresSaved();
      }
      if (!cursorsToStore.isEmpty()) {
        core.cursorSaved(cursorsToStore.remove(0));
      }
    }
  }

  @Test
  void what_a_worker_remembers_of_batches_does_not_grow_with_their_number() {
    Subscription.Draft<Line> draft = Subscription.of("worker", LINES);
    assertThat(rememberedAfter(core(draft.atLeastOnce(delivery -> {})), 1000))
        .isLessThanOrEqualTo(2);
    handled.clear();
    assertThat(rememberedAfter(core(draft.atMostOnce(delivery -> {})), 1000))
        .isLessThanOrEqualTo(2);
  }
}
