package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.internal.worker.DecidingWorker.message;
import static org.perille.internal.worker.DecidingWorker.stored;
import static org.perille.internal.worker.DecidingWorker.subscription;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.OnExhausted;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureState;
import org.perille.internal.partition.WorkerRequest;

class DeadLetterOperationsTest {
  private static final Topic<String> LETTERS =
      Topic.of("letters", String.class).keyedBy(text -> text);

  private static final Subscription<String> FORWARDING =
      subscription().atLeastOnce(delivery -> {}).withDeadLetterTopic(LETTERS);

  private final TestInbox<WorkerRequest.OperationDone> answers = TestInbox.create();

  private static FailureEvent.GivenUp givenUp(long offset) {
    return new FailureEvent.GivenUp(
        new FailureEvent.Position("key", offset, 1),
        DeadLetter.Reason.PERMANENT,
        FailureEvent.Cause.NONE,
        1,
        5,
        5,
        OnExhausted.CONTINUE);
  }

  /** Returns a worker whose predecessor gave up the message at offset 0. */
  private static DecidingWorker worker(Subscription<String> subscription, FailureEvent... more) {
    FailureState failures = new FailureState();
    failures.apply(givenUp(0));
    List.of(more).forEach(failures::apply);
    DecidingWorker worker = new DecidingWorker(subscription, failures);
    worker.feed(message(0, "key"));
    worker.failuresStored();
    // The durable cursor is behind the dead letter.
    worker.work().cursorStored(worker.work().cursors().cursor().orElseThrow());
    worker.actions();
    return worker;
  }

  private WorkerRequest.Redrive redrive() {
    return new WorkerRequest.Redrive("request", DeadLetterFilter.all(), answers.getRef());
  }

  private static List<FailureEvent> operations(DecidingWorker worker) {
    worker.work().continueOperations();
    worker.failuresStored();
    return stored(worker.actions()).stream()
        .filter(
            event ->
                event instanceof FailureEvent.Redriven || event instanceof FailureEvent.Discarded)
        .toList();
  }

  @Test
  void a_dead_letter_is_redriven_or_discarded_only_when_the_dead_letter_topic_has_it() {
    List<WorkerRequest> requests =
        List.of(
            redrive(),
            new WorkerRequest.Discard(
                "request", DeadLetterFilter.all(), "reason", answers.getRef()));
    for (WorkerRequest request : requests) {
      DecidingWorker worker = worker(FORWARDING);
      worker.work().order(request);
      assertThat(operations(worker)).isEmpty();
      worker
          .work()
          .read(new WorkerEvent.MessagesRead(Optional.empty(), Map.of(0L, message(0, "key"))));
      assertThat(worker.actions()).hasAtLeastOneElementOfType(WorkerAction.Forward.class);
      assertThat(operations(worker)).isEmpty();
      worker.work().forwarded(0);
      assertThat(operations(worker)).hasSize(1);
    }
  }

  @Test
  void a_repeated_request_that_waits_is_executed_once() {
    DecidingWorker worker = worker(FORWARDING);
    worker.work().order(redrive());
    worker.work().order(redrive());
    worker.work().forwarded(0);
    assertThat(operations(worker)).hasSize(1);
  }

  @Test
  void a_dead_letter_whose_message_the_log_has_lost_holds_back_no_operation() {
    DecidingWorker worker = worker(FORWARDING);
    worker.work().order(redrive());
    assertThat(operations(worker)).isEmpty();
    worker.work().read(new WorkerEvent.MessagesRead(Optional.empty(), Map.of()));
    assertThat(operations(worker)).hasSize(1);
  }

  @Test
  void a_dead_letter_that_is_given_up_again_holds_back_operations_although_it_was_lost_before() {
    DecidingWorker worker = worker(FORWARDING);
    worker.work().read(new WorkerEvent.MessagesRead(Optional.empty(), Map.of()));
    worker
        .work()
        .read(new WorkerEvent.MessagesRead(Optional.empty(), Map.of(0L, message(0, "key"))));
    worker.work().order(redrive());
    assertThat(operations(worker)).isEmpty();
    worker.work().forwarded(0);
    assertThat(operations(worker)).hasSize(1);
  }

  @Test
  void nothing_waits_for_a_message_that_was_forwarded_or_has_no_dead_letter_topic() {
    DecidingWorker forwarded = worker(FORWARDING, new FailureEvent.Forwarded(0));
    forwarded.work().order(redrive());
    assertThat(operations(forwarded)).hasSize(1);
    DecidingWorker without = worker(subscription().atLeastOnce(delivery -> {}));
    without.work().order(redrive());
    assertThat(operations(without)).hasSize(1);
  }
}
