package org.perille.internal.cursor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.LogMessage;

class SequenceIndexTest {
  private static final int BATCHES = 100_000;
  private static final LogMessage MESSAGE =
      new LogMessage("k", "", Map.of(), 1, "", ByteString.EMPTY);

  /**
   * Returns a batch of ten messages. It contains only the first and the last, which suffice here.
   */
  private static FeedBatch batch(int number) {
    return new FeedBatch(
        number + 1,
        List.of(new LogEntry(10L * number, 0, MESSAGE), new LogEntry(10L * number + 9, 0, MESSAGE)),
        Optional.of(new LogMark(number + 1, number)));
  }

  private static SequenceIndex manyBehind(long offset) {
    SequenceIndex marks = new SequenceIndex();
    for (int i = 0; i < BATCHES; i++) {
      marks.add(batch(i));
      marks.forgetBefore(offset);
    }
    return marks;
  }

  /** A handler without a deadline may take hours, while other keys continue. */
  @Test
  void marks_are_bounded_however_many_batches_pass_a_message_that_takes_its_time() {
    SequenceIndex marks = manyBehind(5);
    assertThat(marks.size()).isLessThanOrEqualTo(SequenceIndex.MAX_MARKS);
    assertThat(marks.sequenceNumberAt(5)).isEqualTo(1);
    assertThat(marks.sequenceNumberAt(10L * BATCHES - 1)).isEqualTo(BATCHES);
    for (int i = 0; i < BATCHES; i += 777) {
      assertThat(marks.sequenceNumberAt(10L * i)).isBetween(1L, i + 1L);
    }
    marks.forgetBefore(10L * BATCHES);
    assertThat(marks.size()).isEqualTo(1);
  }

  /**
   * Otherwise a log that was restored to the mark would be taken for one that contains the finished
   * messages.
   */
  @Test
  void a_mark_never_stands_before_an_offset_also_when_its_own_batch_was_dropped() {
    SequenceIndex marks = manyBehind(5);
    for (int i = 0; i < BATCHES; i += 777) {
      assertThat(marks.markAt(10L * i + 3).orElseThrow().sequenceNumber())
          .isBetween(i + 1L, (long) BATCHES);
    }
    assertThat(marks.markAt(10L * BATCHES - 1)).contains(new LogMark(BATCHES, BATCHES - 1));
  }
}
