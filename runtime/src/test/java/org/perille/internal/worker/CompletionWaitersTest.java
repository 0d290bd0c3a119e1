package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;
import org.perille.internal.partition.WorkerRequest.AwaitFinished;
import org.perille.internal.partition.WorkerRequest.Finished;
import org.perille.internal.worker.CompletionWaiters.Progress;

class CompletionWaitersTest {
  private static final int FAR_MORE_THAN_FIT = 20_000;

  private final CompletionWaiters waiters = new CompletionWaiters();
  private final TestInbox<Finished> inbox = TestInbox.create();

  private static void send(List<WorkerReply<Finished>> answers) {
    answers.forEach(WorkerReply::send);
  }

  @Test
  void the_end_of_a_message_is_looked_for_among_those_that_have_ended_and_not_among_all_waiters() {
    for (int offset = 0; offset < 1000; offset++) {
      waiters.add(new AwaitFinished(offset, inbox.getRef()), Progress.PENDING);
    }
    List<Long> looked = new ArrayList<>();
    send(
        waiters.answer(
            List.of(7L, 5000L),
            offset -> {
              looked.add(offset);
              return Progress.FINISHED;
            }));
    assertThat(looked).containsExactly(7L);
    assertThat(inbox.getAllReceived()).containsExactly(new Finished(7, false));
  }

  @Test
  void all_who_wait_for_a_message_learn_its_end_once() {
    TestInbox<Finished> other = TestInbox.create();
    waiters.add(new AwaitFinished(1, inbox.getRef()), Progress.PENDING);
    waiters.add(new AwaitFinished(1, inbox.getRef()), Progress.PENDING);
    waiters.add(new AwaitFinished(1, other.getRef()), Progress.PENDING);
    waiters.add(new AwaitFinished(2, other.getRef()), Progress.PENDING);
    send(waiters.answer(offset -> offset == 1 ? Progress.DEAD_LETTER : Progress.PENDING));
    send(waiters.answer(List.of(1L), offset -> Progress.FINISHED));
    assertThat(inbox.getAllReceived()).containsExactly(new Finished(1, true));
    assertThat(other.getAllReceived()).containsExactly(new Finished(1, true));
    send(waiters.answer(offset -> Progress.FINISHED));
    assertThat(other.getAllReceived()).containsExactly(new Finished(2, false));
  }

  @Test
  void those_who_do_not_fit_in_take_no_room_and_fit_in_when_others_have_gone() {
    for (int offset = 0; offset < FAR_MORE_THAN_FIT; offset++) {
      waiters.add(new AwaitFinished(offset, inbox.getRef()), Progress.PENDING);
    }
    List<Long> looked = new ArrayList<>();
    send(
        waiters.answer(
            offset -> {
              looked.add(offset);
              return Progress.FINISHED;
            }));
    assertThat(looked).hasSizeLessThan(FAR_MORE_THAN_FIT);
    assertThat(inbox.getAllReceived()).hasSameSizeAs(looked);
    waiters.add(new AwaitFinished(FAR_MORE_THAN_FIT, inbox.getRef()), Progress.PENDING);
    send(waiters.answer(offset -> Progress.FINISHED));
    assertThat(inbox.getAllReceived()).containsExactly(new Finished(FAR_MORE_THAN_FIT, false));
  }

  @Test
  void who_asks_about_what_has_ended_is_answered_though_no_place_is_left() {
    for (int offset = 0; offset < FAR_MORE_THAN_FIT; offset++) {
      waiters.add(new AwaitFinished(offset, inbox.getRef()), Progress.PENDING);
    }
    TestInbox<Finished> late = TestInbox.create();
    send(
        waiters.add(new AwaitFinished(FAR_MORE_THAN_FIT, late.getRef()), Progress.FINISHED).stream()
            .toList());
    assertThat(late.getAllReceived()).containsExactly(new Finished(FAR_MORE_THAN_FIT, false));
  }
}
