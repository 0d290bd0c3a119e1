package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.internal.worker.DecidingWorker.message;
import static org.perille.internal.worker.DecidingWorker.offsets;
import static org.perille.internal.worker.DecidingWorker.stored;
import static org.perille.internal.worker.DecidingWorker.subscription;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.MessageReader.Wanted;
import org.perille.internal.handler.AttemptOutcome;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;

class RetrySchedulerTest {
  private static final Subscription<String> SUBSCRIPTION =
      subscription()
          .atLeastOnce(delivery -> {})
          .withRetries(RetryPolicy.fixed(Duration.ofMillis(64)).withMaxAttempts(5));

  private static FailureEvent.Deferred waits(String key, long offset, long due) {
    return new FailureEvent.Deferred(new FailureEvent.Position(key, offset, 1), due, false);
  }

  private static FailureEvent.Interrupted interrupted(String key, long offset, boolean counted) {
    return new FailureEvent.Interrupted(new FailureEvent.Position(key, offset, 1), counted, 0, 0);
  }

  /** Returns a worker that was fed up to offset 9, so that it knows all messages below. */
  private static DecidingWorker worker(FailureEvent... changes) {
    FailureState failures = new FailureState();
    List.of(changes).forEach(failures::apply);
    DecidingWorker worker = new DecidingWorker(SUBSCRIPTION, failures);
    worker.feed(message(9, "other"));
    worker.failuresStored();
    worker.actions();
    return worker;
  }

  private static WorkerAction.ReadMessages read(List<WorkerAction> actions) {
    return actions.stream()
        .filter(WorkerAction.ReadMessages.class::isInstance)
        .map(WorkerAction.ReadMessages.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static void answer(DecidingWorker worker, WorkerAction.ReadMessages read, String key) {
    Map<Long, LogEntry> found =
        read.wanted().stream()
            .map(wanted -> message(wanted.offset(), key))
            .collect(Collectors.toMap(LogEntry::offset, entry -> entry));
    worker.work().read(new WorkerEvent.MessagesRead(read.batch(), found));
  }

  @Test
  void a_message_is_handled_again_when_it_is_read_and_durable_that_the_attempt_begins() {
    DecidingWorker worker = worker(waits("key", 0, 100), waits("key", 1, 0));
    worker.at(100);
    worker.work().retry();
    List<WorkerAction> actions = worker.actions();
    WorkerAction.ReadMessages read = read(actions);
    assertThat(read.wanted()).containsExactly(new Wanted(0, 1), new Wanted(1, 1));
    answer(worker, read, "key");
    assertThat(worker.handed()).isEmpty();
    worker.failuresStored();
    List<WorkerAction> later = worker.actions();
    assertThat(stored(later)).containsExactly(new FailureEvent.Begun("key", List.of(0L, 1L)));
    assertThat(offsets(DecidingWorker.handed(later))).containsExactly(0L, 1L);
  }

  @Test
  void it_is_the_same_when_the_write_is_quicker_than_the_read() {
    DecidingWorker worker = worker(waits("key", 0, 0));
    worker.work().retry();
    WorkerAction.ReadMessages read = read(worker.actions());
    worker.failuresStored();
    assertThat(worker.handed()).isEmpty();
    answer(worker, read, "key");
    assertThat(offsets(worker.handed())).containsExactly(0L);
  }

  @Test
  void a_worker_is_woken_when_the_next_message_is_due() {
    DecidingWorker worker = worker(waits("key", 0, 100));
    worker.at(50);
    worker.work().retry();
    assertThat(worker.actions()).containsExactly(new WorkerAction.WakeAt(100));
  }

  @Test
  void a_group_is_not_brought_back_twice() {
    DecidingWorker worker = worker(waits("key", 0, 0));
    worker.work().retry();
    assertThat(worker.actions()).isNotEmpty();
    worker.work().retry();
    assertThat(worker.actions()).isEmpty();
  }

  @Test
  void what_comes_behind_something_that_was_not_fed_yet_waits_for_it() {
    FailureState failures = new FailureState();
    failures.apply(waits("key", 5, 0));
    DecidingWorker worker = new DecidingWorker(SUBSCRIPTION, failures);
    worker.actions();
    worker.work().retry();
    assertThat(worker.actions()).isEmpty();
  }

  @Test
  void a_message_that_may_have_ended_a_process_is_tried_while_no_other_such_one_is() {
    DecidingWorker worker =
        worker(
            waits("a", 0, 0),
            new FailureEvent.Begun("a", List.of(0L)),
            interrupted("a", 0, true),
            waits("b", 1, 0),
            new FailureEvent.Begun("b", List.of(1L)),
            interrupted("b", 1, true));
    worker.work().retry();
    WorkerAction.ReadMessages first = read(worker.actions());
    assertThat(first.wanted()).hasSize(1);
    String key = first.wanted().get(0).offset() == 0 ? "a" : "b";
    answer(worker, first, key);
    worker.failuresStored();
    PendingDelivery alone = worker.handed().get(0);
    assertThat(alone.alone()).isTrue();

    worker.end(new AttemptOutcome.Done(alone));
    worker.work().retry();
    assertThat(worker.actions()).noneMatch(WorkerAction.ReadMessages.class::isInstance);
    worker.failuresStored();
    worker.work().retry();
    assertThat(read(worker.actions()).wanted()).hasSize(1);
  }

  @Test
  void a_failed_message_that_was_kept_in_memory_is_not_read_again() {
    DecidingWorker worker = worker();
    worker.feed(message(10, "key"));
    worker.failuresStored();
    PendingDelivery failed = worker.handed().get(0);
    worker.end(new AttemptOutcome.Failed(failed, new IllegalStateException("planned")));
    worker.failuresStored();
    worker.actions();
    worker.at(1_000);
    worker.work().retry();
    worker.failuresStored();
    List<WorkerAction> actions = worker.actions();
    assertThat(actions).noneMatch(WorkerAction.ReadMessages.class::isInstance);
    assertThat(offsets(DecidingWorker.handed(actions))).containsExactly(10L);
  }
}
