package org.perille.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;

class FeedStartTest {
  private final List<PartitionEvent> events = new ArrayList<>();
  private long endOffset;

  @BeforeEach
  void activate() {
    events.add(new PartitionEvent.Activated(0, "node"));
  }

  private LogMark append(int messages, long timestampMillis) {
    BatchAppended batch = TailCacheTest.batch(endOffset, messages, timestampMillis);
    events.add(batch);
    endOffset = batch.endOffset();
    return LogMark.of(events.size(), batch);
  }

  /** Restores the log to the state with this many events. */
  private void restoreTo(int size, long end) {
    events.subList(size, events.size()).clear();
    endOffset = end;
  }

  private FeedStart.Decision decide(ReadFrom from) {
    PartitionJournal journal =
        (id, first, last) -> {
          List<Stored> read = new ArrayList<>();
          for (long at = first; at <= Math.min(last, events.size()); at++) {
            read.add(new Stored(at, events.get((int) at - 1)));
          }
          return CompletableFuture.completedFuture(read);
        };
    return new FeedStart(journal, "log", endOffset, events.size())
        .decide(from)
        .toCompletableFuture()
        .join();
  }

  private static ReadFrom resume(long offset, LogMark mark) {
    return new ReadFrom.Resume(offset, 1, Optional.of(mark));
  }

  private Optional<LogMark> markOf(ReadFrom from) {
    return ((FeedStart.At) decide(from)).mark();
  }

  @Test
  void a_cursor_goes_on_in_its_own_log() {
    LogMark mark = append(3, 1000);
    append(2, 1001);
    assertThat(decide(resume(3, mark)))
        .isEqualTo(new FeedStart.At(new JournalSeek.LogPosition(3, 1), Optional.of(mark)));
  }

  @Test
  void a_cursor_ahead_of_a_restored_log_is_refused_and_stays_so_when_the_log_has_grown() {
    append(3, 1000);
    LogMark mark = append(2, 1001);
    restoreTo(2, 3);
    assertThat(decide(resume(5, mark)))
        .asString()
        .contains("is at offset 5", "ends at 3", "Perille.reset");
    append(2, 2000);
    assertThat(decide(resume(5, mark))).asString().contains("another log", "Perille.reset");
    append(50, 2001);
    assertThat(decide(resume(5, mark))).asString().contains("offset 5 of another log", "event 3");
  }

  @Test
  void a_cursor_whose_batch_is_something_else_now_is_refused() {
    LogMark mark = append(3, 1000);
    restoreTo(1, 0);
    events.add(new PartitionEvent.Activated(2000, "node"));
    append(3, 2000);
    assertThat(decide(resume(3, mark))).isInstanceOf(FeedStart.Refused.class);
  }

  @Test
  void a_cursor_that_has_finished_something_beyond_the_restored_log_is_refused_too() {
    append(3, 1000);
    LogMark finishedAbove = append(2, 1001);
    restoreTo(2, 3);
    assertThat(decide(resume(1, finishedAbove))).isInstanceOf(FeedStart.Refused.class);
  }

  @Test
  void a_cursor_older_than_its_log_goes_on() {
    LogMark mark = append(3, 1000);
    append(2, 1001);
    append(7, 1002);
    assertThat(decide(resume(2, mark))).isInstanceOf(FeedStart.At.class);
  }

  @Test
  void a_cursor_without_a_mark_is_believed_once_and_gets_one() {
    append(3, 1000);
    LogMark mark = append(2, 1001);
    append(0, 1002);
    append(1, 1003);
    assertThat(markOf(new ReadFrom.Resume(4, 1, Optional.empty()))).contains(mark);
    assertThat(markOf(new ReadFrom.Resume(5, 1, Optional.empty()))).contains(mark);
  }

  @Test
  void a_cursor_that_has_finished_nothing_needs_no_mark() {
    append(3, 1000);
    assertThat(markOf(new ReadFrom.Resume(0, 1, Optional.empty()))).isEmpty();
    assertThat(markOf(new ReadFrom.Earliest())).isEmpty();
  }

  @Test
  void a_subscription_that_begins_later_is_marked_where_it_begins() {
    LogMark first = append(3, 1000);
    LogMark last = append(2, 1001);
    assertThat(markOf(new ReadFrom.Latest())).contains(last);
    assertThat(markOf(new ReadFrom.Offset(3))).contains(first);
    assertThat(markOf(new ReadFrom.Timestamp(1001))).contains(first);
  }

  @Test
  void in_an_empty_log_there_is_nothing_to_mark() {
    assertThat(markOf(new ReadFrom.Latest())).isEmpty();
  }
}
