package org.perille.internal.worker;

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
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.Generation;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.handler.Deliveries;
import org.perille.internal.handler.FunctionInvoker;
import org.perille.internal.handler.Invoker;
import org.perille.internal.handler.WorkerTime;
import org.perille.internal.limit.Limiter;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.WorkerRequest;
import org.perille.spi.Processing;
import org.slf4j.helpers.NOPLogger;

/**
 * Goal: a worker keeps its guarantees when its storage answers late or never. Each test makes
 * single steps.
 */
class WorkerCoreTest {
  private static final Topic<Line> LINES = Topic.of("lines", Line.class).keyedBy(Line::key);
  private static OneNode node;

  private final ArrayDeque<WorkerInput> turns = new ArrayDeque<>();
  private final List<Long> handled = new ArrayList<>();
  private final List<Cursor> cursorsToStore = new ArrayList<>();
  private final List<List<FailureEvent>> failuresToStore = new ArrayList<>();
  private WorkerCore core;
  private WorkerEffects<Line> effects;

  @BeforeAll
  static void startNode() {
    node = new OneNode();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private void recover(Subscription<Line> subscription, FailureState failures, Cursor cursor) {
    WorkerAssignment<Line> assignment =
        new WorkerAssignment<>(
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
            Limiter.OPEN,
            Clock.systemUTC());
    core =
        new WorkerCore(
            subscription,
            assignment.partition(),
            assignment.settings(),
            EffectPolicy.of(Processing.of(subscription)),
            () -> 0);
    effects = new WorkerEffects<>(assignment, core.marks(), NOPLogger.NOP_LOGGER, turns::add);
    assertThat(core.begin()).containsExactly(WorkerAction.RecoverFailures.INSTANCE);
    tell(new WorkerEvent.FailuresRecovered(failures.snapshot()));
    tell(new WorkerEvent.CursorRecovered(7, Optional.of(cursor)));
  }

  /** Passes an input to the worker, and executes its actions except the writes. */
  private void tell(WorkerInput input) {
    for (WorkerAction action : core.on(effects.toEvent(input), 0)) {
      if (action instanceof WorkerAction.StartHandlers) {
        effects.startHandlers(invoker());
      } else if (action instanceof WorkerAction.StoreFailures store) {
        failuresToStore.add(store.changes());
      } else if (action instanceof WorkerAction.StoreCursor store) {
        cursorsToStore.add(store.cursor());
      } else {
        effects.carryOut(action);
      }
    }
  }

  private Invoker invoker() {
    return FunctionInvoker.blocking(
        new Deliveries<>(
            "worker", new PartitionId("lines", 0), node.codec(), WorkerTime.of(Clock.systemUTC())),
        delivery -> handled.add(delivery.offset()));
  }

  private void takeTurns() {
    while (!turns.isEmpty()) {
      tell(turns.poll());
    }
  }

  /**
   * Another worker may have deferred messages between the failures and the cursor that this worker
   * found. The cursor has passed those. After this worker's first write to the log that is
   * excluded.
   */
  @Test
  void no_one_is_notified_that_a_message_is_finished_before_the_worker_is_sure_of_its_failures() {
    recover(
        Subscription.of("worker", LINES).atLeastOnce(delivery -> {}),
        new FailureState(),
        new Cursor(OffsetSet.below(5), List.of(), 5, Generation.startingAt(0)));
    TestInbox<WorkerRequest.Finished> asks = TestInbox.create();
    tell(new WorkerEvent.Requested(new WorkerRequest.AwaitFinished(3, asks.getRef())));
    tell(WorkerEvent.Woken.INSTANCE);
    tell(WorkerEvent.FlushDue.INSTANCE);
    takeTurns();
    assertThat(asks.hasMessages()).isFalse();
    assertThat(core.durablyHandled().contains(3)).isFalse();

    assertThat(failuresToStore).hasSize(1);
    tell(WorkerEvent.FailuresStored.INSTANCE);
    asks.expectMessage(new WorkerRequest.Finished(3, false));
    assertThat(core.durablyHandled().contains(3)).isTrue();
  }

  @Test
  void a_worker_that_ends_does_not_wait_for_a_cursor_that_could_not_be_stored() {
    recover(
        Subscription.of("worker", LINES).atMostOnce(delivery -> {}),
        new FailureState(),
        Cursor.startingAt(0, 1));
    tell(WorkerEvent.FlushDue.INSTANCE);
    tell(WorkerEvent.FailuresStored.INSTANCE);
    tell(batch(1, 0, "key"));
    assertThat(cursorsToStore).hasSize(1);
    tell(WorkerEvent.StopRequested.INSTANCE);
    takeTurns();
    assertThat(core.end()).isEmpty();

    tell(new WorkerEvent.Failed(new IllegalStateException("planned: the cursor was not stored")));
    takeTurns();
    assertThat(core.end()).contains(WorkerEnd.Stopped.INSTANCE);
    assertThat(handled).isEmpty();
  }

  private static WorkerEvent batch(long sequenceNumber, long offset, String key) {
    return new WorkerEvent.BatchReceived(
        new FeedBatch(
            sequenceNumber,
            List.of(new LogEntry(offset, 0, node.message(key, (int) offset))),
            Optional.empty()));
  }

  /** Handles messages, each in a batch of its own, and executes all writes. */
  private int rememberedAfter(Subscription<Line> subscription, int batches) {
    handled.clear();
    recover(subscription, new FailureState(), Cursor.startingAt(0, 1));
    for (int i = 0; i < batches; i++) {
      tell(batch(i + 1, i, "key" + i));
      settle();
    }
    assertThat(handled).hasSize(batches);
    return core.marks().size();
  }

  /** Returns the bytes for a message that is handled while other messages wait until tomorrow. */
  private long workBeside(int waiting) {
    handled.clear();
    FailureState failures = new FailureState();
    for (int i = 0; i < waiting; i++) {
      failures.apply(
          new FailureEvent.Deferred(
              new FailureEvent.Position("waiting" + i, 2L * i, 1), Long.MAX_VALUE, false));
    }
    long begin = 2L * waiting;
    recover(
        Subscription.of("worker", LINES).atLeastOnce(delivery -> {}),
        failures,
        Cursor.startingAt(begin, 1));
    settle();
    int messages = 100;
    long bytes =
        Allocation.of(
            () -> {
              for (int i = 0; i < messages; i++) {
                tell(batch(i + 1, begin + i, "key"));
                settle();
              }
            });
    assertThat(handled).hasSize(messages);
    assertThat(core.durablyHandled().contains(begin)).isTrue();
    return bytes / messages;
  }

  @Test
  void a_cursor_takes_no_more_work_because_a_hundred_thousand_messages_were_deferred() {
    workBeside(10);
    assertThat(workBeside(100_000)).isLessThan(workBeside(10) + 50_000);
  }

  private void settle() {
    boolean stored = true;
    while (stored) {
      takeTurns();
      tell(WorkerEvent.FlushDue.INSTANCE);
      stored = !failuresToStore.isEmpty() || !cursorsToStore.isEmpty();
      if (!failuresToStore.isEmpty()) {
        failuresToStore.remove(0);
        tell(WorkerEvent.FailuresStored.INSTANCE);
      }
      if (!cursorsToStore.isEmpty()) {
        tell(new WorkerEvent.CursorStored(cursorsToStore.remove(0)));
      }
    }
  }

  @Test
  void what_a_worker_remembers_of_batches_does_not_grow_with_their_number() {
    Subscription.Draft<Line> draft = Subscription.of("worker", LINES);
    assertThat(rememberedAfter(draft.atLeastOnce(delivery -> {}), 1000)).isLessThanOrEqualTo(2);
    assertThat(rememberedAfter(draft.atMostOnce(delivery -> {}), 1000)).isLessThanOrEqualTo(2);
  }
}
