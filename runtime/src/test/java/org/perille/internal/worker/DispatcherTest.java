package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.internal.worker.DecidingWorker.handed;
import static org.perille.internal.worker.DecidingWorker.message;
import static org.perille.internal.worker.DecidingWorker.offsets;
import static org.perille.internal.worker.DecidingWorker.subscription;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.perille.Subscription;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureState;
import org.perille.internal.handler.AttemptOutcome;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;

class DispatcherTest {
  private static final Subscription<String> AT_LEAST_ONCE =
      subscription().atLeastOnce(delivery -> {});

  private static FailureState waitingFor(String key, long offset) {
    FailureState failures = new FailureState();
    failures.apply(
        new FailureEvent.Deferred(new FailureEvent.Position(key, offset, 1), 1_000, false));
    return failures;
  }

  @Test
  void no_message_is_handled_before_it_is_durable_that_it_may_have_been_attempted() {
    DecidingWorker worker = new DecidingWorker(AT_LEAST_ONCE);
    worker.feed(message(0, "a"), message(1, "b"));
    assertThat(worker.handed()).isEmpty();
    worker.failuresStored();
    assertThat(offsets(worker.handed())).containsExactly(0L, 1L);
  }

  @Test
  void batches_do_not_overtake_one_that_waits_for_a_write() {
    DecidingWorker worker = new DecidingWorker(AT_LEAST_ONCE);
    worker.feed(message(0, "a"));
    worker.feed(message(1, "a"));
    assertThat(worker.handed()).isEmpty();
    worker.failuresStored();
    worker.feed(message(2, "a"));
    assertThat(offsets(worker.handed())).containsExactly(0L, 1L, 2L);
  }

  @Test
  void a_message_behind_a_deferred_one_of_its_key_is_deferred_and_others_are_handled() {
    DecidingWorker worker = new DecidingWorker(AT_LEAST_ONCE, waitingFor("held", 0));
    worker.feed(message(1, "held"), message(2, "free"));
    worker.failuresStored();
    assertThat(offsets(worker.handed())).containsExactly(2L);
    assertThat(worker.failures().deferred().at(1)).isPresent();
  }

  @Test
  void without_order_nothing_waits_behind_a_deferred_message() {
    DecidingWorker worker = new DecidingWorker(AT_LEAST_ONCE.unordered(), waitingFor("0:key", 0));
    worker.feed(message(1, "key"));
    worker.failuresStored();
    assertThat(offsets(worker.handed())).containsExactly(1L);
  }

  @Test
  void the_cursor_passes_a_deferred_message_when_that_is_durable_and_not_before() {
    DecidingWorker worker = new DecidingWorker(AT_LEAST_ONCE);
    worker.at(10);
    worker.feed(message(0, "early", new LogMessage.Times(20, 0)));
    assertThat(worker.hasPassed(0)).isFalse();
    worker.failuresStored();
    assertThat(worker.hasPassed(0)).isTrue();
    assertThat(worker.handed()).isEmpty();
    assertThat(worker.failures().deferred().at(0).orElseThrow().dueMillis()).isEqualTo(20);
  }

  @Test
  void a_message_that_a_predecessor_may_have_attempted_is_handed_out_as_such() {
    FailureState failures = new FailureState();
    failures.apply(new FailureEvent.AttemptHighWatermark(1));
    DecidingWorker worker = new DecidingWorker(AT_LEAST_ONCE, failures);
    worker.feed(message(0, "a"), message(1, "b"));
    worker.failuresStored();
    assertThat(worker.handed())
        .extracting(PendingDelivery::redelivered)
        .containsExactly(true, false);
  }

  @Test
  void no_more_is_taken_while_as_much_is_in_flight_as_is_allowed() {
    DecidingWorker worker = new DecidingWorker(AT_LEAST_ONCE);
    worker.feed(
        LongStream.range(0, 50)
            .mapToObj(offset -> message(offset, "key " + offset))
            .toArray(LogEntry[]::new));
    worker.failuresStored();
    assertThat(worker.work().dispatcher().hasRoom()).isFalse();
    List<PendingDelivery> handed = worker.handed();
    worker.end(new AttemptOutcome.Done(handed.get(0)));
    assertThat(worker.work().dispatcher().hasRoom()).isTrue();
  }

  @Test
  void no_more_is_taken_while_as_many_are_deferred_as_are_allowed_and_that_is_noted_once() {
    DecidingWorker worker = new DecidingWorker(AT_LEAST_ONCE);
    worker.feed(
        LongStream.range(0, 1000)
            .mapToObj(offset -> message(offset, "key", new LogMessage.Times(1_000, 0)))
            .toArray(LogEntry[]::new));
    worker.failuresStored();
    worker.actions();
    assertThat(worker.work().dispatcher().hasRoom()).isFalse();
    assertThat(worker.work().dispatcher().hasRoom()).isFalse();
    assertThat(worker.actions())
        .containsExactly(new WorkerAction.Note(new WorkerNote.DeferredLimitReached(1000)));
  }

  @Test
  void at_most_once_what_no_handler_has_got_is_kept_for_the_next_worker() {
    DecidingWorker worker = new DecidingWorker(subscription().atMostOnce(delivery -> {}));
    worker.feed(message(0, "a"), message(1, "a"));
    List<PendingDelivery> handed = handed(worker.actions());
    assertThat(offsets(handed)).containsExactly(0L, 1L);
    worker.work().keepUntried(handed.subList(1, 2));
    worker.feed(message(2, "b"));
    assertThat(worker.handed()).isEmpty();
    assertThat(worker.failures().unhandled()).containsExactlyInAnyOrder(1L, 2L);
  }

  @Test
  void a_message_that_was_due_by_this_clock_keeps_its_time_for_a_worker_whose_clock_is_behind() {
    DecidingWorker worker = new DecidingWorker(subscription().atMostOnce(delivery -> {}));
    worker.feed(message(0, "a", new LogMessage.Times(1, 0)));
    List<PendingDelivery> handed = worker.handed();
    worker.work().keepUntried(handed);
    assertThat(worker.failures().deferred().at(0).orElseThrow().dueMillis()).isEqualTo(1);
  }
}
