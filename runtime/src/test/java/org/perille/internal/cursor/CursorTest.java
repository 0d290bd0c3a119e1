package org.perille.internal.cursor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;

class CursorTest {
  @Test
  void what_is_finished_in_order_moves_the_low_watermark() {
    Cursor cursor = Cursor.startingAt(5, 2).finish(List.of(5L, 6L, 7L), offset -> 2);
    assertThat(cursor.nextOffset()).isEqualTo(8);
    assertThat(cursor.finishedAbove()).isZero();
  }

  @Test
  void what_is_finished_above_an_unfinished_message_is_remembered_and_joins_later() {
    Cursor cursor = Cursor.startingAt(0, 1).finish(List.of(1L, 2L, 4L), offset -> 1);
    assertThat(cursor.nextOffset()).isZero();
    assertThat(cursor.finished().above())
        .containsExactly(new OffsetSet.Range(1, 3), new OffsetSet.Range(4, 5));
    assertThat(cursor.finish(List.of(0L), offset -> 1).nextOffset()).isEqualTo(3);
  }

  @Test
  void what_a_reset_passes_over_is_finished_and_not_handled_and_may_be_come_back_to() {
    Cursor begun = Cursor.startingAt(0, 0).finish(List.of(0L, 1L, 3L), offset -> 0);
    Cursor forward = begun.reset("forward", 10, 0, false).finish(List.of(10L), offset -> 0);
    assertThat(forward.isFinished(2)).isTrue();
    assertThat(forward.handled())
        .isEqualTo(
            new OffsetSet(2, List.of(new OffsetSet.Range(3, 4), new OffsetSet.Range(10, 11))));
    Cursor back = forward.reset("back", 0, 0, false);
    assertThat(back.handled()).isEqualTo(forward.handled());
    assertThat(back.generation().suppressed()).isEqualTo(forward.handled());
  }

  @Test
  void a_reset_publishes_again_from_its_position_on_and_what_is_before_it_stays_published() {
    Cursor begun = Cursor.startingAt(0, 0).finish(List.of(0L, 1L, 2L, 3L, 5L, 6L), offset -> 0);
    Cursor again = begun.reset("again", 6, 0, true);
    assertThat(again.generation().suppressed())
        .isEqualTo(new OffsetSet(4, List.of(new OffsetSet.Range(5, 6))));
    assertThat(again.generation().publication()).isEqualTo(1);
    Cursor back = again.reset("back", 0, 0, false);
    assertThat(back.generation().suppressed()).isEqualTo(again.generation().suppressed());
    assertThat(back.generation().publication()).isEqualTo(1);
  }

  private static final LogMark FIRST = new LogMark(3, 30);
  private static final LogMark SECOND = new LogMark(5, 50);

  /** Two batches: offsets 0 to 9 up to event 3, and 10 to 19 up to event 5. */
  private static SequenceIndex twoBatches() {
    SequenceIndex marks = new SequenceIndex();
    marks.add(batch(0, 2, FIRST));
    marks.add(batch(10, 4, SECOND));
    return marks;
  }

  private static FeedBatch batch(long from, long sequenceNumber, LogMark mark) {
    LogMessage message = new LogMessage("k", "", Map.of(), 1, "", ByteString.EMPTY);
    return new FeedBatch(
        sequenceNumber,
        LongStream.range(from, from + 10).mapToObj(o -> new LogEntry(o, 0, message)).toList(),
        Optional.of(mark));
  }

  @Test
  void a_cursor_bears_the_mark_of_the_last_batch_of_which_something_is_finished() {
    SequenceIndex marks = twoBatches();
    Cursor begun = Cursor.startingAt(0, 1).finish(List.of(2L), marks);
    assertThat(begun.mark()).contains(FIRST);
    Cursor above = begun.finish(List.of(12L), marks);
    assertThat(above.nextOffset()).isZero();
    assertThat(above.mark()).contains(SECOND);
    assertThat(above.finish(List.of(0L, 1L), marks).mark()).contains(SECOND);
    assertThat(above.reopen(List.of(2L)).without(List.of(12L)).mark()).contains(SECOND);
  }

  @Test
  void a_mark_does_not_go_back_where_the_batch_is_no_longer_known() {
    Cursor cursor = Cursor.startingAt(0, 1).marked(SECOND);
    assertThat(cursor.finish(List.of(0L), offset -> 1).mark()).contains(SECOND);
    SequenceIndex marks = twoBatches();
    assertThat(cursor.finish(List.of(0L), marks).mark()).contains(SECOND);
    marks.forgetBefore(10);
    assertThat(Cursor.startingAt(0, 1).finish(List.of(4L), marks).mark()).contains(SECOND);
  }

  @Test
  void a_cursor_that_passes_a_batch_bears_its_mark() {
    assertThat(Cursor.startingAt(0, 1).passing(batch(0, 2, FIRST)).mark()).contains(FIRST);
  }

  @Test
  void a_reset_believes_the_log_that_there_is() {
    Cursor cursor = Cursor.startingAt(0, 1).marked(FIRST);
    assertThat(cursor.reset("id", 0, 1, false).mark()).isEmpty();
  }

  @Test
  void a_batch_that_is_passed_forgets_nothing_that_is_finished_above_it() {
    Cursor begun = Cursor.startingAt(0, 1).finish(List.of(0L, 17L, 18L, 30L), offset -> 1);
    Cursor passed = begun.passing(batch(0, 2, FIRST));
    assertThat(passed.nextOffset()).isEqualTo(10);
    assertThat(List.of(17L, 18L, 30L)).allMatch(passed::isFinished);
    assertThat(List.of(10L, 16L, 19L)).noneMatch(passed::isFinished);
    assertThat(passed.passing(batch(7, 2, FIRST)).nextOffset()).isEqualTo(19);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void any_order_of_finishing_gives_what_a_set_of_offsets_gives(long seed) {
    Random random = new Random(seed);
    long begin = random.nextInt(1000);
    List<Long> offsets = new ArrayList<>(LongStream.range(begin, begin + 2000).boxed().toList());
    for (int i = 0; i < offsets.size(); i += 40) {
      Collections.shuffle(offsets.subList(i, Math.min(offsets.size(), i + 400)), random);
    }
    Set<Long> finished = new HashSet<>();
    Cursor cursor = Cursor.startingAt(begin, 1);
    for (int i = 0; i < offsets.size(); ) {
      int count = Math.min(offsets.size() - i, 1 + random.nextInt(60));
      List<Long> some = new ArrayList<>(offsets.subList(i, i + count));
      some.add(some.get(0));
      i += count;
      finished.addAll(some);
      cursor = cursor.finish(some, offset -> offset / 10);
      long next = begin;
      while (finished.contains(next)) {
        next++;
      }
      assertThat(cursor.nextOffset()).isEqualTo(next);
      assertThat(cursor.sequenceNumber()).isLessThanOrEqualTo(Math.max(1, next / 10));
      assertThat(cursor.finishedAbove()).isEqualTo(finished.size() - (next - begin));
      for (long offset = begin; offset < begin + 2000; offset += 7) {
        assertThat(cursor.isFinished(offset)).isEqualTo(finished.contains(offset));
      }
      assertThat(CursorCodec.fromProto(CursorCodec.toProto(cursor))).isEqualTo(cursor);
      CursorStates states = new CursorStates();
      assertThat(states.fromState(states.toState(cursor))).isEqualTo(cursor);
    }
    assertThat(cursor.nextOffset()).isEqualTo(begin + 2000);
  }
}
