package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;
import org.perille.internal.feed.FeedAnswer;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.ReadFrom;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.LogMessage;
import org.perille.internal.worker.FeedSession.Action;

class FeedSessionTest {
  private static final long EPOCH = 5;
  private static final ReadFrom FROM = new ReadFrom.Earliest();
  private static final Duration A_SECOND = Duration.ofSeconds(1);

  private final FeedSession session = new FeedSession(EPOCH, FROM);

  private static FeedAnswer.Attached attached(long epoch, long session, long offset) {
    return new FeedAnswer.Attached(
        epoch, session, offset, offset + 1, Optional.empty(), TestInbox.<Void>create().getRef());
  }

  private static FeedBatch batch(long firstOffset, int messages) {
    List<LogEntry> entries = new ArrayList<>();
    for (long offset = firstOffset; offset < firstOffset + messages; offset++) {
      entries.add(
          new LogEntry(offset, 0, new LogMessage("k", "", Map.of(), 1, "", ByteString.EMPTY)));
    }
    return new FeedBatch(firstOffset + 1, entries, Optional.of(mark(firstOffset + messages)));
  }

  private static LogMark mark(long endOffset) {
    return new LogMark(endOffset, 0);
  }

  private static ReadFrom after(FeedBatch batch) {
    return new ReadFrom.Resume(batch.endOffset(), batch.sequenceNumber(), batch.mark());
  }

  @Test
  void a_batch_that_this_node_can_not_decompress_is_asked_for_again_later() {
    session.begin();
    session.answered(attached(EPOCH, 1, 0));
    session.next();
    List<Action> actions = session.deliveredInVain("no library");
    assertThat(actions)
        .containsExactly(
            new FeedSession.StartSession(2),
            new FeedSession.ReportProblem("it can't be fed: no library"),
            new FeedSession.Notify(new WorkerEvent.FeedAnswered(Optional.of("no library"))),
            new FeedSession.AskAfter(Duration.ofSeconds(10)));
    assertThat(session.ask())
        .contains(new FeedSession.AskPartition(2, new ReadFrom.Resume(0, 1, Optional.empty())));
    session.answered(attached(EPOCH, 2, 0));
    assertThat(notified(session.delivered(batch(0, 2))))
        .containsExactly(new WorkerEvent.BatchReceived(batch(0, 2)));
  }

  private static List<WorkerEvent> notified(List<Action> actions) {
    return actions.stream()
        .flatMap(
            action ->
                action instanceof FeedSession.Notify notify
                    ? Stream.of(notify.event())
                    : Stream.empty())
        .toList();
  }

  private static List<Action> handsOver(FeedBatch batch) {
    return List.of(
        FeedSession.Confirm.INSTANCE, new FeedSession.Notify(new WorkerEvent.BatchReceived(batch)));
  }

  private static List<Action> startsSession(long number, ReadFrom from) {
    return List.of(
        new FeedSession.StartSession(number),
        new FeedSession.AskPartition(number, from),
        new FeedSession.AskAfter(A_SECOND));
  }

  private void attach(long number, long offset) {
    session.answered(attached(EPOCH, number, offset));
  }

  @Test
  void the_partition_is_asked_every_second_until_it_answers() {
    assertThat(session.begin()).isEqualTo(startsSession(1, FROM));
    assertThat(session.ask())
        .containsExactly(new FeedSession.AskPartition(1, FROM), new FeedSession.AskAfter(A_SECOND));
    FeedAnswer.Attached answer = attached(EPOCH, 1, 3);
    assertThat(session.answered(answer))
        .containsExactly(
            FeedSession.WithdrawProblem.INSTANCE,
            FeedSession.AskNoMore.INSTANCE,
            new FeedSession.WatchFeed(answer, 1),
            new FeedSession.Notify(new WorkerEvent.FeedStarts(3, 4, Optional.empty())),
            new FeedSession.Notify(new WorkerEvent.FeedAnswered(Optional.empty())));
    assertThat(session.ask()).isEmpty();
  }

  @Test
  void a_partition_that_does_not_answer_for_twenty_seconds_is_a_problem() {
    session.begin();
    for (int asked = 1; asked < 20; asked++) {
      assertThat(session.ask()).noneMatch(FeedSession.ReportProblem.class::isInstance);
    }
    assertThat(session.ask().get(0)).asString().contains("its partition has not answered for 21 s");
    attach(1, 0);
    session.gone(1);
    assertThat(session.ask()).noneMatch(FeedSession.ReportProblem.class::isInstance);
  }

  @Test
  void a_refused_worker_is_notified_and_asks_again_after_ten_seconds() {
    session.begin();
    assertThat(session.answered(new FeedAnswer.Refused(EPOCH, 1, "planned")))
        .containsExactly(
            new FeedSession.ReportProblem("it can't be fed: planned"),
            new FeedSession.Notify(new WorkerEvent.FeedAnswered(Optional.of("planned"))),
            new FeedSession.AskAfter(Duration.ofSeconds(10)));
    assertThat(session.ask()).contains(new FeedSession.AskPartition(1, FROM));
    attach(1, 0);
    assertThat(session.answered(new FeedAnswer.Refused(EPOCH, 1, "late"))).isEmpty();
  }

  @Test
  void answers_to_an_earlier_session_or_another_epoch_have_no_effect() {
    session.begin();
    session.gone(1);
    assertThat(session.answered(attached(EPOCH, 1, 0))).isEmpty();
    assertThat(session.answered(attached(EPOCH - 1, 2, 0))).isEmpty();
    assertThat(session.answered(new FeedAnswer.Refused(EPOCH, 1, "late"))).isEmpty();
    assertThat(session.answered(attached(EPOCH, 2, 0))).isNotEmpty();
  }

  @Test
  void only_the_first_answer_to_a_session_counts() {
    session.begin();
    attach(1, 3);
    assertThat(session.answered(attached(EPOCH, 1, 7))).isEmpty();
  }

  @Test
  void a_batch_is_handed_over_and_confirmed_only_when_the_worker_requests_it() {
    session.begin();
    attach(1, 0);
    assertThat(session.delivered(batch(0, 2))).isEmpty();
    assertThat(session.next()).isEqualTo(handsOver(batch(0, 2)));
    assertThat(session.next()).isEmpty();
    assertThat(session.delivered(batch(2, 1))).isEqualTo(handsOver(batch(2, 1)));
    assertThat(session.delivered(batch(3, 1))).isEmpty();
  }

  @Test
  void a_batch_that_overtakes_the_first_answer_waits_for_it() {
    session.begin();
    session.next();
    assertThat(session.delivered(batch(4, 2))).isEmpty();
    assertThat(notified(session.answered(attached(EPOCH, 1, 4))))
        .containsExactly(
            new WorkerEvent.FeedStarts(4, 5, Optional.empty()),
            new WorkerEvent.FeedAnswered(Optional.empty()),
            new WorkerEvent.BatchReceived(batch(4, 2)));
  }

  @Test
  void a_session_continues_behind_the_last_batch_that_was_handed_over() {
    session.begin();
    attach(1, 0);
    session.next();
    FeedBatch first = batch(0, 3);
    session.delivered(first);
    assertThat(session.gone(1)).isEqualTo(startsSession(2, after(first)));
    assertThat(notified(session.answered(attached(EPOCH, 2, 3))))
        .as("the worker knows where its feed started")
        .containsExactly(new WorkerEvent.FeedAnswered(Optional.empty()));
    session.next();
    assertThat(session.delivered(batch(3, 1))).isEqualTo(handsOver(batch(3, 1)));
  }

  @Test
  void a_held_batch_is_dropped_with_its_session_and_comes_again() {
    session.begin();
    attach(1, 0);
    session.delivered(batch(0, 2));
    session.gone(1);
    assertThat(session.next()).isEmpty();
    attach(2, 0);
    assertThat(session.delivered(batch(0, 3))).isEqualTo(handsOver(batch(0, 3)));
  }

  @Test
  void the_end_of_an_earlier_session_is_not_the_end_of_this_one() {
    session.begin();
    session.gone(1);
    assertThat(session.gone(1)).isEmpty();
  }

  @Test
  void a_feed_that_is_gone_before_it_answers_is_asked_for_again_from_the_same_position() {
    session.begin();
    assertThat(session.gone(1)).isEqualTo(startsSession(2, FROM));
  }

  @Test
  void a_batch_that_does_not_follow_starts_a_new_session() {
    session.begin();
    attach(1, 0);
    session.next();
    FeedBatch first = batch(0, 3);
    session.delivered(first);
    session.next();
    assertThat(session.delivered(batch(0, 1)))
        .as("the first batch of a second feed")
        .isEqualTo(startsSession(2, after(first)));
    attach(2, 3);
    assertThat(session.delivered(batch(3, 2)))
        .as("the worker still waits")
        .isEqualTo(handsOver(batch(3, 2)));
  }

  @Test
  void a_gap_is_never_handed_over() {
    session.begin();
    attach(1, 0);
    session.next();
    assertThat(notified(session.delivered(batch(1, 1)))).isEmpty();
  }
}
