package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.internal.worker.DecidingWorker.message;
import static org.perille.internal.worker.DecidingWorker.subscription;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.Nack;
import org.perille.OnExhausted;
import org.perille.OnExpired;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.internal.failure.ExpiredException;
import org.perille.internal.handler.AttemptOutcome;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;

class AttemptOutcomesTest {
  private final RuntimeException planned = new IllegalStateException("planned");

  private static Subscription<String> atLeastOnce(OnExhausted consequence, int attempts) {
    return subscription()
        .atLeastOnce(delivery -> {})
        .withRetries(RetryPolicy.fixed(Duration.ofMillis(64)).withMaxAttempts(attempts))
        .onExhausted(consequence);
  }

  private static List<PendingDelivery> begin(DecidingWorker worker, LogEntry... entries) {
    worker.feed(entries);
    worker.failuresStored();
    return worker.handed();
  }

  @Test
  void the_cursor_passes_what_is_done() {
    DecidingWorker worker = new DecidingWorker(atLeastOnce(OnExhausted.CONTINUE, 3));
    PendingDelivery done = begin(worker, message(0, "key")).get(0);
    assertThat(worker.end(new AttemptOutcome.Done(done))).isEmpty();
    assertThat(worker.hasPassed(0)).isTrue();
  }

  @Test
  void a_failed_message_is_due_again_and_those_behind_it_wait_in_their_order() {
    DecidingWorker worker = new DecidingWorker(atLeastOnce(OnExhausted.CONTINUE, 3));
    List<PendingDelivery> deliveries =
        begin(worker, message(0, "key"), message(1, "key"), message(2, "key"));
    worker.end(
        new AttemptOutcome.Failed(deliveries.get(0), planned),
        deliveries.get(1),
        deliveries.get(2));
    assertThat(worker.actions()).contains(new WorkerAction.WithdrawKey("key"));
    assertThat(worker.failures().deferred().at(0).orElseThrow().dueMillis()).isGreaterThan(0);
    assertThat(worker.failures().deferred().next("key", Long.MAX_VALUE, 10))
        .extracting(deferred -> deferred.offset())
        .containsExactly(0L);
    assertThat(worker.failures().deferred().byGroup().get("key"))
        .extracting(deferred -> deferred.offset())
        .containsExactly(0L, 1L, 2L);
    assertThat(worker.hasPassed(0)).isFalse();
    worker.failuresStored();
    assertThat(List.of(0L, 1L, 2L)).allMatch(worker::hasPassed);
  }

  @Test
  void a_key_goes_on_behind_a_dead_letter_when_that_is_durable_and_not_before() {
    DecidingWorker worker = new DecidingWorker(atLeastOnce(OnExhausted.CONTINUE, 1));
    PendingDelivery failed = begin(worker, message(0, "key")).get(0);
    worker.end(new AttemptOutcome.Failed(failed, planned));
    assertThat(worker.failures().letters()).containsKey(0L);
    assertThat(worker.actions()).doesNotContain(new WorkerAction.ReleaseKey("key"));
    worker.failuresStored();
    assertThat(worker.actions()).contains(new WorkerAction.ReleaseKey("key"));
    assertThat(worker.hasPassed(0)).isTrue();
  }

  @Test
  void messages_behind_a_dead_letter_that_parks_their_key_wait() {
    DecidingWorker worker = new DecidingWorker(atLeastOnce(OnExhausted.PARK_KEY, 1));
    List<PendingDelivery> deliveries = begin(worker, message(0, "key"), message(1, "key"));
    worker.end(new AttemptOutcome.Failed(deliveries.get(0), planned), deliveries.get(1));
    worker.failuresStored();
    assertThat(worker.actions())
        .contains(new WorkerAction.WithdrawKey("key"))
        .doesNotContain(new WorkerAction.ReleaseKey("key"));
    assertThat(worker.failures().deferred().parkedGroups()).isEqualTo(1);
    assertThat(worker.failures().deferred().at(1)).isPresent();
  }

  @Test
  void a_dead_letter_that_stops_the_partition_pauses_the_pool() {
    DecidingWorker worker = new DecidingWorker(atLeastOnce(OnExhausted.STOP_PARTITION, 1));
    PendingDelivery failed = begin(worker, message(0, "key")).get(0);
    worker.end(new AttemptOutcome.Failed(failed, planned));
    assertThat(worker.actions()).contains(new WorkerAction.PauseHandlers(true));
  }

  @Test
  void a_handler_that_gives_a_message_up_makes_it_a_dead_letter_at_once() {
    DecidingWorker worker = new DecidingWorker(atLeastOnce(OnExhausted.CONTINUE, 10));
    PendingDelivery failed = begin(worker, message(0, "key")).get(0);
    worker.end(new AttemptOutcome.Failed(failed, Nack.giveUp("planned")));
    assertThat(worker.failures().letters().get(0L).givenUp().reason())
        .isEqualTo(DeadLetter.Reason.PERMANENT);
  }

  @Test
  void at_most_once_a_failed_message_gets_no_second_attempt() {
    DecidingWorker worker = new DecidingWorker(subscription().atMostOnce(delivery -> {}));
    PendingDelivery failed = begin(worker, message(0, "key")).get(0);
    worker.end(new AttemptOutcome.Failed(failed, planned));
    assertThat(worker.failures().deferred().at(0)).isEmpty();
    assertThat(worker.failures().letters().get(0L).givenUp().reason())
        .isEqualTo(DeadLetter.Reason.NO_SECOND_ATTEMPT);
  }

  @Test
  void an_expired_message_is_skipped_where_that_was_chosen_and_is_no_dead_letter() {
    DecidingWorker worker =
        new DecidingWorker(atLeastOnce(OnExhausted.CONTINUE, 1).onExpired(OnExpired.DROP));
    PendingDelivery expired = begin(worker, message(0, "key")).get(0);
    worker.end(new AttemptOutcome.Failed(expired, new ExpiredException("planned")));
    worker.failuresStored();
    assertThat(worker.failures().letters()).isEmpty();
    assertThat(worker.hasPassed(0)).isTrue();
    assertThat(worker.actions()).contains(new WorkerAction.ReleaseKey("key"));
  }

  @Test
  void a_message_whose_outcome_is_unknown_is_no_dead_letter_yet() {
    DecidingWorker worker = new DecidingWorker(atLeastOnce(OnExhausted.CONTINUE, 1));
    PendingDelivery open = begin(worker, message(0, "key")).get(0);
    worker.end(new AttemptOutcome.NotGivenUp(open, planned, new IllegalStateException("unknown")));
    assertThat(worker.failures().letters()).isEmpty();
    assertThat(worker.failures().deferred().at(0)).isPresent();
  }

  @Test
  void a_pool_that_is_broken_says_why_and_what_has_ended_before_counts() {
    DecidingWorker worker = new DecidingWorker(atLeastOnce(OnExhausted.CONTINUE, 1));
    PendingDelivery done = begin(worker, message(0, "key")).get(0);
    Optional<Throwable> broken =
        worker
            .work()
            .take(
                new WorkerEvent.HandlersEnded(
                    List.of(new AttemptOutcome.Done(done), new AttemptOutcome.Broken(planned)),
                    Map.of()));
    assertThat(broken).contains(planned);
    assertThat(worker.hasPassed(0)).isTrue();
  }
}
