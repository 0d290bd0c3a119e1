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
import org.perille.Compression;
import org.perille.internal.Compressed;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.StoredSize;
import org.perille.internal.settings.FeedLimits;

/** Feeds of logs with compressed batches. */
class CompressedFeedTest {
  private static final int BYTES = 100;

  private final Decompressor decompressor = new Decompressor(1 << 20);
  private final List<BatchAppended> events = new ArrayList<>();
  private final List<LogMessage> published = new ArrayList<>();

  private BatchAppended append(boolean compressed, int messages) {
    List<LogMessage> plain = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      byte[] payload = new byte[BYTES];
      payload[i % BYTES] = (byte) published.size();
      plain.add(new LogMessage("k", "", Map.of(), 1, "m", ByteString.copyFrom(payload)));
      published.add(plain.get(i));
    }
    BatchAppended event =
        new BatchAppended(
            published.size() - messages,
            events.size(),
            "p",
            1,
            compressed ? Compressed.of(Compression.LZ4, plain) : plain,
            List.of(),
            List.of(),
            List.of(),
            PartitionClock.at(events.size()));
    events.add(event);
    return event;
  }

  /** Feeds everything from an offset on, as one read of the journal. */
  private List<FeedBatch> feed(FeedLimits limits, long from) {
    FeedReader reader = new FeedReader(limits);
    reader.begin();
    reader.startDecided(
        new FeedStart.At(new JournalSeek.LogPosition(from, 1), java.util.Optional.empty()));
    reader.demanded();
    List<FeedReader.Action> actions = reader.tailMissed(events.size());
    List<FeedBatch> sent = new ArrayList<>();
    while (sent.isEmpty() || sent.get(sent.size() - 1).endOffset() < published.size()) {
      FeedReader.Action action = actions.get(0);
      if (action instanceof FeedReader.ReadJournal read) {
        actions = reader.journalRead(stored(read));
      } else if (action instanceof FeedReader.Send send) {
        sent.add(send.batch());
        actions = reader.demanded();
      } else {
        actions = reader.tailMissed(events.size());
      }
    }
    return sent;
  }

  private List<Stored> stored(FeedReader.ReadJournal read) {
    List<Stored> found = new ArrayList<>();
    for (long at = read.from(); at <= read.to(); at++) {
      found.add(new Stored(at, events.get((int) at - 1)));
    }
    return found;
  }

  private static long sentBytes(FeedBatch batch) {
    StoredSize size = new StoredSize();
    return batch.entries().stream().mapToLong(entry -> size.add(entry.message())).sum();
  }

  private static long decompressedBytes(FeedBatch batch) {
    return batch.entries().stream().mapToLong(entry -> entry.message().sizeInBytes()).sum();
  }

  @Test
  void a_compressed_event_that_does_not_fit_into_a_batch_begins_the_next_one() {
    append(false, 3);
    append(true, 5);
    append(true, 5);
    List<FeedBatch> batches = feed(new FeedLimits(10, 1 << 20), 0);
    assertThat(batches).extracting(FeedBatch::endOffset).containsExactly(8L, 13L);
  }

  @Test
  void a_compressed_event_beyond_the_limits_is_cut_and_each_part_has_its_whole_block() {
    append(true, 20);
    List<FeedBatch> batches = feed(new FeedLimits(8, 1 << 20), 3);
    assertThat(batches).extracting(FeedBatch::firstOffset).containsExactly(3L, 11L, 19L);
    long most = events.get(0).sizeInBytes();
    assertThat(batches).allSatisfy(batch -> assertThat(sentBytes(batch)).isLessThan(most));
    assertThat(batches)
        .allSatisfy(
            batch ->
                assertThat(batch.decompressed(decompressor).entries())
                    .extracting(LogEntry::message)
                    .isEqualTo(
                        published.subList((int) batch.firstOffset(), (int) batch.endOffset())));
  }

  @Test
  void the_tail_counts_what_compressed_batches_take_in_memory() {
    TailCache tail = new TailCache(4000, Duration.ofHours(1));
    for (int i = 1; i <= 4; i++) {
      tail.append(i, append(true, 10));
    }
    assertThat(decompressedBytes(feed(new FeedLimits(1000, 1 << 20), 0).get(0)))
        .isGreaterThan(4000);
    assertThat(tail.firstSequenceNumber(0)).isEqualTo(1);
    for (int i = 5; i <= 20; i++) {
      tail.append(i, append(true, 10));
    }
    assertThat(tail.firstSequenceNumber(0)).isGreaterThan(5);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void a_mixed_log_is_fed_whole_and_within_the_limits(long seed) {
    Random random = new Random(seed);
    for (int run = 0; run < 100; run++) {
      events.clear();
      published.clear();
      int count = 1 + random.nextInt(12);
      for (int i = 0; i < count; i++) {
        append(random.nextBoolean(), 4 + random.nextInt(12));
      }
      FeedLimits limits =
          new FeedLimits(
              1 + random.nextInt(30), 100 + random.nextInt(random.nextInt(9) * 1000 + 1));
      long from = random.nextInt(published.size());
      long expected = from;
      for (FeedBatch batch : feed(limits, from)) {
        assertThat(batch.firstOffset()).isEqualTo(expected);
        expected = batch.endOffset();
        if (batch.entries().size() > 1) {
          assertThat(decompressedBytes(batch)).isLessThanOrEqualTo(limits.maxBytes());
          assertThat(batch.entries()).hasSizeLessThanOrEqualTo(limits.maxMessages());
        }
        // Whatever the limit is: not more than what the publisher has sent.
        assertThat(sentBytes(batch))
            .isLessThanOrEqualTo(Math.max(limits.maxBytes(), largestEvent()));
        assertThat(batch.decompressed(decompressor).entries())
            .extracting(LogEntry::message)
            .isEqualTo(published.subList((int) batch.firstOffset(), (int) batch.endOffset()));
      }
      assertThat(expected).isEqualTo(published.size());
    }
  }

  private long largestEvent() {
    return events.stream().mapToLong(BatchAppended::sizeInBytes).max().orElseThrow();
  }
}
