package org.perille.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perille.internal.log.PartitionEvent.BatchAppended;

class LogMarkTest {
  private static BatchAppended batch(
      long firstOffset, long timestamp, String publisher, long number, int messages) {
    LogMessage message = new LogMessage("k", "", Map.of(), 1, "", ByteString.EMPTY);
    return new BatchAppended(
        firstOffset,
        timestamp,
        publisher,
        number,
        Collections.nCopies(messages, message),
        List.of(),
        List.of(),
        List.of(),
        PartitionClock.at(timestamp));
  }

  /** Cursors of this version contain the fingerprint. */
  @Test
  void a_fingerprint_is_the_same_in_every_version() {
    assertThat(LogMark.of(4, batch(10, 1_700_000_000_000L, "publisher", 7, 2)))
        .isEqualTo(new LogMark(4, 4672522638128889220L));
  }

  @Test
  void batches_that_differ_in_anything_have_different_marks() {
    assertThat(
            Stream.of(
                    batch(10, 1000, "p", 7, 2),
                    batch(11, 1000, "p", 7, 2),
                    batch(10, 1001, "p", 7, 2),
                    batch(10, 1000, "q", 7, 2),
                    batch(10, 1000, "p", 8, 2),
                    batch(10, 1000, "p", 7, 1))
                .map(one -> LogMark.of(4, one)))
        .doesNotHaveDuplicates();
  }
}
