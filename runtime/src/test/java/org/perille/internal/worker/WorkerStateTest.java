package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.internal.worker.DecidingWorker.message;
import static org.perille.internal.worker.DecidingWorker.subscription;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetterFilter;
import org.perille.Subscription;
import org.perille.internal.OneNode;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.handler.AttemptOutcome;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.PartitionId;
import org.perille.internal.partition.WorkerRequest;
import org.perille.spi.Processing;

/** Goal: each event leads from one phase of a worker to the right one, with the right actions. */
class WorkerStateTest {
  private static final Subscription<String> AT_LEAST_ONCE =
      subscription().atLeastOnce(delivery -> {});

  private WorkerCore core;

  private void create(Subscription<String> subscription) {
    core =
        new WorkerCore(
            subscription,
            new PartitionId("topic", 0),
            OneNode.workerSettings(Duration.ofHours(1)),
            EffectPolicy.of(Processing.of(subscription)),
            () -> 0);
  }

  /** Passes an event to the worker, and then makes all its writes durable. */
  private List<WorkerAction> on(WorkerEvent event) {
    List<WorkerAction> all = new ArrayList<>();
    List<WorkerAction> next = core.on(event, 0);
    while (!next.isEmpty()) {
      all.addAll(next);
      List<WorkerAction> later = new ArrayList<>();
      for (WorkerAction action : next) {
        if (action instanceof WorkerAction.StoreFailures) {
          later.addAll(core.on(WorkerEvent.FailuresStored.INSTANCE, 0));
        } else if (action instanceof WorkerAction.StoreCursor store) {
          later.addAll(core.on(new WorkerEvent.CursorStored(store.cursor()), 0));
        }
      }
      next = later;
    }
    return all;
  }

  private List<WorkerAction> activate(Subscription<String> subscription) {
    create(subscription);
    core.begin();
    on(new WorkerEvent.FailuresRecovered(new FailureState().snapshot()));
    return on(new WorkerEvent.CursorRecovered(7, Optional.of(Cursor.startingAt(0, 1))));
  }

  private static WorkerEvent.HandlersStopped stopped(boolean all) {
    return new WorkerEvent.HandlersStopped(
        all, false, new WorkerEvent.HandlersEnded(List.of(), Map.of()), List.of());
  }

  @Test
  void failures_are_recovered_before_the_cursor() {
    create(AT_LEAST_ONCE);
    assertThat(core.begin()).containsExactly(WorkerAction.RecoverFailures.INSTANCE);
    assertThat(on(new WorkerEvent.FailuresRecovered(new FailureState().snapshot())))
        .containsExactly(WorkerAction.RecoverCursor.INSTANCE);
  }

  @Test
  void an_ephemeral_worker_has_no_failures_to_recover() {
    create(subscription().ephemeral(delivery -> {}));
    assertThat(core.begin()).containsExactly(WorkerAction.RecoverCursor.INSTANCE);
  }

  @Test
  void a_worker_that_has_recovered_makes_its_handlers_ready_before_it_is_fed() {
    List<WorkerAction> actions = activate(AT_LEAST_ONCE);
    assertThat(core.state()).isInstanceOf(Active.class);
    assertThat(actions)
        .containsSubsequence(
            new WorkerAction.StartHandlers(7, Optional.of(Cursor.startingAt(0, 1))),
            new WorkerAction.StartFeed(7, Optional.of(Cursor.startingAt(0, 1))),
            WorkerAction.RequestBatch.INSTANCE);
  }

  /** Until then a predecessor can record that it defers messages that the cursor has passed. */
  @Test
  void at_most_once_receives_nothing_before_the_failure_log_is_its_own() {
    create(subscription().atMostOnce(delivery -> {}));
    core.begin();
    core.on(new WorkerEvent.FailuresRecovered(new FailureState().snapshot()), 0);
    assertThat(core.on(new WorkerEvent.CursorRecovered(7, Optional.of(Cursor.startingAt(0, 1))), 0))
        .hasAtLeastOneElementOfType(WorkerAction.StoreFailures.class)
        .doesNotContain(WorkerAction.RequestBatch.INSTANCE);
    assertThat(core.on(WorkerEvent.FailuresStored.INSTANCE, 0))
        .contains(WorkerAction.RequestBatch.INSTANCE);
  }

  @Test
  void a_worker_that_is_stopped_while_it_recovers_ends_at_once() {
    create(AT_LEAST_ONCE);
    core.begin();
    assertThat(on(WorkerEvent.StopRequested.INSTANCE))
        .containsExactly(new WorkerAction.End(WorkerEnd.Stopped.INSTANCE));
    assertThat(core.state()).isEqualTo(new Ended(WorkerEnd.Stopped.INSTANCE));
  }

  @Test
  void a_worker_that_is_stopped_waits_for_its_handlers_and_is_fed_no_more() {
    activate(AT_LEAST_ONCE);
    assertThat(on(WorkerEvent.StopRequested.INSTANCE))
        .containsExactly(WorkerAction.StopFeed.INSTANCE, new WorkerAction.StopHandlers(false));
    assertThat(core.state()).isInstanceOf(Draining.class);
    assertThat(on(stopped(true))).contains(new WorkerAction.End(WorkerEnd.Stopped.INSTANCE));
  }

  @Test
  void a_worker_ends_when_what_is_finished_is_durable_and_not_before() {
    activate(AT_LEAST_ONCE);
    List<WorkerAction> fed =
        on(
            new WorkerEvent.BatchReceived(
                new FeedBatch(1, List.of(message(0, "key")), Optional.empty())));
    on(WorkerEvent.StopRequested.INSTANCE);
    PendingDelivery done = DecidingWorker.handed(fed).get(0);
    List<WorkerAction> actions =
        core.on(
            new WorkerEvent.HandlersStopped(
                true,
                false,
                new WorkerEvent.HandlersEnded(List.of(new AttemptOutcome.Done(done)), Map.of()),
                List.of()),
            0);
    assertThat(core.state()).isInstanceOf(Flushing.class);
    assertThat(actions).noneMatch(WorkerAction.End.class::isInstance);
    core.on(WorkerEvent.FailuresStored.INSTANCE, 0);
    Cursor cursor = core.cursor().orElseThrow();
    assertThat(cursor.nextOffset()).isEqualTo(1);
    assertThat(core.on(new WorkerEvent.CursorStored(cursor), 0))
        .contains(new WorkerAction.End(WorkerEnd.Stopped.INSTANCE));
  }

  @Test
  void at_most_once_what_was_taken_is_handled_before_a_worker_ends() {
    activate(subscription().atMostOnce(delivery -> {}));
    assertThat(on(WorkerEvent.StopRequested.INSTANCE))
        .contains(new WorkerAction.StopHandlers(true));
  }

  @Test
  void a_worker_that_can_not_go_on_ends_when_its_handlers_have() {
    activate(AT_LEAST_ONCE);
    Throwable planned = new IllegalStateException("planned");
    assertThat(on(new WorkerEvent.Failed(planned)))
        .contains(
            new WorkerAction.Note(new WorkerNote.CannotGoOn(planned)),
            new WorkerAction.StopHandlers(false));
    assertThat(on(stopped(false))).contains(new WorkerAction.End(new WorkerEnd.Failed(planned)));
  }

  @Test
  void a_worker_that_is_stopped_and_then_can_not_go_on_has_stopped() {
    activate(AT_LEAST_ONCE);
    on(WorkerEvent.StopRequested.INSTANCE);
    on(new WorkerEvent.Failed(new IllegalStateException("planned")));
    assertThat(on(stopped(true))).contains(new WorkerAction.End(WorkerEnd.Stopped.INSTANCE));
  }

  /** Else the partition would still answer that nothing is open. */
  @Test
  void an_operation_is_answered_after_its_change_is_reported_to_the_partition() {
    activate(AT_LEAST_ONCE);
    TestInbox<WorkerRequest.OperationDone> answers = TestInbox.create();
    WorkerRequest.Redrive redrive =
        new WorkerRequest.Redrive("again", DeadLetterFilter.all(), answers.getRef());
    List<WorkerAction> actions = on(new WorkerEvent.Requested(redrive));
    assertThat(actions).hasAtLeastOneElementOfType(WorkerAction.Report.class);
    assertThat(actions.stream().map(WorkerAction::getClass).map(Class::getSimpleName))
        .containsSubsequence("StoreFailures", "Report", "Reply");
  }

  @Test
  void a_reset_is_answered_when_the_next_generation_is_durable() {
    activate(AT_LEAST_ONCE);
    TestInbox<WorkerRequest.ResetDone> answers = TestInbox.create();
    WorkerRequest.Reset reset = new WorkerRequest.Reset("again", 5, 1, false, answers.getRef());
    on(new WorkerEvent.Requested(reset));
    assertThat(core.state()).isInstanceOf(Draining.class);
    core.on(stopped(true), 0);
    core.on(WorkerEvent.FailuresStored.INSTANCE, 0);
    assertThat(core.state()).isInstanceOf(Resetting.class);
    assertThat(core.on(new WorkerEvent.CursorStored(core.cursor().orElseThrow()), 0))
        .contains(
            new WorkerAction.Reply(
                new WorkerReply<>(answers.getRef(), new WorkerRequest.ResetDone(1, 5, 0))),
            new WorkerAction.End(WorkerEnd.WasReset.INSTANCE));
  }
}
