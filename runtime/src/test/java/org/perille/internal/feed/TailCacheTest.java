package org.perille.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.settings.FeedLimits;

class TailCacheTest {
  static BatchAppended batch(long firstOffset, int messages, long timestamp) {
    List<LogMessage> all = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      all.add(new LogMessage("k", "", Map.of(), 1, "", ByteString.copyFrom(new byte[100])));
    }
    return new BatchAppended(
        firstOffset,
        timestamp,
        "p",
        1,
        all,
        List.of(),
        List.of(),
        List.of(),
        PartitionClock.at(timestamp));
  }

  @Test
  void what_the_tail_let_go_is_not_in_it() {
    TailCache tail = new TailCache(1000, Duration.ofHours(1));
    for (int i = 0; i < 100; i++) {
      tail.append(i + 1, batch(i, 1, 0));
    }
    assertThat(tail.read(0, new FeedLimits(10, 10_000))).isEmpty();
    assertThat(tail.firstSequenceNumber(0)).isGreaterThan(50);
    assertThat(tail.read(99, new FeedLimits(10, 10_000))).isPresent();
  }

  @Test
  void what_is_older_than_the_newest_batch_by_more_than_it_may_be_is_let_go() {
    TailCache tail = new TailCache(Long.MAX_VALUE, Duration.ofMillis(100));
    tail.append(1, batch(0, 1, 1000));
    tail.append(2, batch(1, 1, 1050));
    tail.append(3, batch(2, 1, 1100));
    assertThat(tail.firstSequenceNumber(0)).isEqualTo(1);
    tail.append(4, batch(3, 1, 1151));
    assertThat(tail.firstSequenceNumber(0)).isEqualTo(3);
    tail.append(5, batch(4, 1, 5000));
    assertThat(tail.firstSequenceNumber(0)).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void reading_on_and_on_gives_every_message_once_within_the_limits(long seed) {
    Random random = new Random(seed);
    TailCache tail = new TailCache(Long.MAX_VALUE, Duration.ofHours(1));
    long end = 0;
    for (int sequenceNumber = 1; sequenceNumber <= 200; sequenceNumber++) {
      int messages = random.nextInt(6);
      tail.append(sequenceNumber, batch(end, messages, 0));
      end += messages;
    }
    FeedLimits limits = new FeedLimits(1 + random.nextInt(9), 200 + random.nextInt(2000));
    long offset = 0;
    while (offset < end) {
      TailCache.Read read = tail.read(offset, limits).orElseThrow();
      assertThat(read.batch().firstOffset()).isEqualTo(offset);
      assertThat(read.batch().entries()).hasSizeLessThanOrEqualTo(limits.maxMessages());
      int bytes = read.batch().entries().stream().mapToInt(e -> e.message().sizeInBytes()).sum();
      assertThat(bytes <= limits.maxBytes() || read.batch().entries().size() == 1).isTrue();
      long expected = offset;
      for (LogEntry entry : read.batch().entries()) {
        assertThat(entry.offset()).isEqualTo(expected++);
      }
      offset = read.batch().endOffset();
    }
    assertThat(tail.read(end, limits)).isEmpty();
  }
}
