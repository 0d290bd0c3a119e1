package org.perille.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;

class JournalSeekTest {
  private final List<PartitionEvent> events = new ArrayList<>();
  private final PartitionJournal journal =
      (id, from, to) -> {
        List<PartitionJournal.Stored> read = new ArrayList<>();
        for (long sequenceNumber = from; sequenceNumber <= to; sequenceNumber++) {
          read.add(
              new PartitionJournal.Stored(sequenceNumber, events.get((int) sequenceNumber - 1)));
        }
        return CompletableFuture.completedFuture(read);
      };

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void every_offset_and_every_time_is_found(long seed) {
    Random random = new Random(seed);
    long offset = 0;
    long time = 1000;
    List<LogEntry> entries = new ArrayList<>();
    for (int i = 0; i < random.nextInt(60); i++) {
      if (random.nextInt(3) == 0) {
        events.add(new PartitionEvent.Activated(time, "node"));
      } else {
        BatchAppended batch = TailCacheTest.batch(offset, random.nextInt(4), time);
        events.add(batch);
        entries.addAll(batch.entries());
        offset = batch.endOffset();
      }
      time += random.nextInt(3);
    }
    JournalSeek seek = new JournalSeek(journal, "id", offset, events.size());
    for (long wanted = 0; wanted < offset; wanted++) {
      JournalSeek.LogPosition place = seek.offset(wanted).toCompletableFuture().join();
      assertThat(place.offset()).isEqualTo(wanted);
      assertThat(firstOffsetFrom(place.sequenceNumber())).isLessThanOrEqualTo(wanted);
    }
    for (long wanted = 990; wanted <= time + 1; wanted++) {
      long at = wanted;
      long expected =
          entries.stream()
              .filter(entry -> entry.timestampMillis() >= at)
              .mapToLong(LogEntry::offset)
              .findFirst()
              .orElse(offset);
      JournalSeek.LogPosition place = seek.timestamp(wanted).toCompletableFuture().join();
      assertThat(place.offset()).isEqualTo(expected);
      assertThat(firstOffsetFrom(place.sequenceNumber())).isLessThanOrEqualTo(expected);
    }
  }

  /** Returns the first offset that is read from an event on. */
  private long firstOffsetFrom(long sequenceNumber) {
    for (PartitionEvent event : events.subList((int) sequenceNumber - 1, events.size())) {
      if (event instanceof BatchAppended batch) {
        return batch.firstOffset();
      }
    }
    return -1;
  }
}
