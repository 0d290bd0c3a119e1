package org.perille.internal.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.Compression;
import org.perille.internal.Compressed;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Origin;
import org.perille.internal.log.PartitionClock;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.settings.LogLimits;

class PartitionLogTest {
  private static final LogLimits LIMITS = new LogLimits(Duration.ofMinutes(10), 1000);
  private static final long NOW = 1_000_000_000L;

  private final PartitionLog log = PartitionLog.empty(3, LIMITS);

  static LogMessage message(String key, String id) {
    return new LogMessage(key, id, Map.of(), 1, "", ByteString.EMPTY);
  }

  // The tests here don't use the reference for answers.
  static PublishBatch batch(String publisher, long number, LogMessage... messages) {
    return new PublishBatch("topic", 3, publisher, number, List.of(messages), List.of(), null);
  }

  private BatchReceipt append(PartitionLog to, PublishBatch batch, long now) {
    PartitionLog.Append append = (PartitionLog.Append) to.decide(batch, now);
    to.apply(append.event());
    return append.receipt();
  }

  @Test
  void messages_get_offsets_without_gaps() {
    assertThat(append(log, batch("p", 1, message("a", ""), message("b", "")), NOW).firstOffset())
        .isZero();
    assertThat(append(log, batch("q", 1, message("a", "")), NOW).firstOffset()).isEqualTo(2);
    assertThat(log.nextOffset()).isEqualTo(3);
  }

  @Test
  void a_duplicate_within_a_compressed_batch_is_dropped_and_the_others_keep_their_contents() {
    append(log, batch("q", 1, message("a", "known")), NOW);
    List<LogMessage> messages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      messages.add(
          new LogMessage(
              "a",
              i == 7 ? "known" : "",
              Map.of(),
              1,
              "",
              ByteString.copyFromUtf8("the payload of message " + i)));
    }
    LogMessage[] compressed = Compressed.of(Compression.LZ4, messages).toArray(new LogMessage[0]);
    PartitionLog.Append decided = (PartitionLog.Append) log.decide(batch("p", 1, compressed), NOW);
    assertThat(decided.receipt().duplicates()).containsExactly(new Duplicate(7, 0));
    messages.remove(7);
    List<LogEntry> read = new Decompressor(1 << 20).decompress(decided.event().entries());
    assertThat(read).extracting(LogEntry::message).isEqualTo(messages);
    assertThat(read).extracting(LogEntry::offset).first().isEqualTo(1L);
    assertThat(read).extracting(LogEntry::offset).last().isEqualTo(19L);
  }

  @Test
  void a_batch_that_is_sent_again_gets_the_same_receipt_and_is_not_stored_again() {
    PublishBatch batch = batch("p", 1, message("a", ""), message("b", ""));
    BatchReceipt first = append(log, batch, NOW);
    assertThat(log.decide(batch, NOW + 5)).isEqualTo(new PartitionLog.Repeat(first));
  }

  @Test
  void an_older_batch_than_the_last_one_is_ignored() {
    append(log, batch("p", 1, message("a", "")), NOW);
    append(log, batch("p", 2, message("a", "")), NOW);
    assertThat(log.decide(batch("p", 1, message("a", "")), NOW))
        .isInstanceOf(PartitionLog.Outdated.class);
  }

  @Test
  void an_id_that_is_published_again_is_stored_once_and_answered_with_its_offset() {
    append(log, batch("p", 1, message("a", "x"), message("a", "y")), NOW);
    BatchReceipt again = append(log, batch("q", 1, message("a", "z"), message("a", "y")), NOW);
    assertThat(again.firstOffset()).isEqualTo(2);
    assertThat(again.duplicates()).containsExactly(new Duplicate(1, 1));
    assertThat(log.nextOffset()).isEqualTo(3);
  }

  @Test
  void a_message_with_an_id_that_a_relay_publishes_again_is_no_duplicate_to_its_publisher() {
    LogMessage known = message("a", "known");
    append(log, batch("p", 1, known), NOW);
    LogMessage fresh = message("a", "fresh").relayedBy(new Origin("relay", 1, 0, 0));
    LogMessage duplicate = known.relayedBy(new Origin("relay", 1, 0, 1));
    append(log, batch("relay-1", 1, fresh, duplicate), NOW);
    LogMessage[] again = {
      message("a", "fresh").relayedBy(new Origin("relay", 2, 0, 0)),
      known.relayedBy(new Origin("relay", 2, 0, 1))
    };
    BatchReceipt receipt = append(log, batch("relay-2", 1, again), NOW);
    assertThat(receipt.duplicates())
        .containsExactly(new Duplicate(0, 1, true), new Duplicate(1, 0, false));
    assertThat(log.nextOffset()).isEqualTo(2);
  }

  @Test
  void an_id_that_stands_twice_in_a_batch_is_stored_once() {
    BatchReceipt receipt = append(log, batch("p", 1, message("a", "x"), message("a", "x")), NOW);
    assertThat(receipt.duplicates()).containsExactly(new Duplicate(1, 0));
    assertThat(log.nextOffset()).isEqualTo(1);
  }

  @Test
  void an_id_counts_within_its_key() {
    BatchReceipt receipt = append(log, batch("p", 1, message("a", "x"), message("b", "x")), NOW);
    assertThat(receipt.duplicates()).isEmpty();
  }

  @Test
  void a_batch_of_nothing_but_duplicates_is_remembered_too() {
    append(log, batch("p", 1, message("a", "x")), NOW);
    BatchReceipt receipt = append(log, batch("p", 2, message("a", "x")), NOW);
    assertThat(log.decide(batch("p", 2, message("a", "x")), NOW))
        .isEqualTo(new PartitionLog.Repeat(receipt));
  }

  private static final long WINDOW = LIMITS.dedupWindow().toMillis();
  private static final long DAYS = Duration.ofDays(2).toMillis();
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();

  /** Reads the owner's clock while time passes and nothing is appended. */
  private static void pass(PartitionLog of, long from, long to) {
    for (long now = from; now < to; now += MINUTE) {
      of.readClock(now);
    }
    of.readClock(to);
  }

  private boolean isDuplicate(PartitionLog in, String id, long now) {
    PartitionLog.Append append =
        (PartitionLog.Append) in.decide(batch("asks", 1, message("a", id)), now);
    return !append.receipt().duplicates().isEmpty();
  }

  @Test
  void an_id_is_a_duplicate_until_the_window_has_passed_and_not_after_it_also_when_idle() {
    append(log, batch("p", 1, message("a", "x")), NOW);
    pass(log, NOW, NOW + WINDOW);
    assertThat(isDuplicate(log, "x", NOW + WINDOW)).isTrue();
    assertThat(isDuplicate(log, "x", NOW + WINDOW + 1)).isFalse();
    append(log, batch("p", 2, message("a", "x"), message("a", "y")), NOW + WINDOW + 1);
    pass(log, NOW + WINDOW + 1, NOW + 2 * WINDOW + 1);
    assertThat(isDuplicate(log, "x", NOW + 2 * WINDOW + 1)).isTrue();
    assertThat(isDuplicate(log, "x", NOW + 2 * WINDOW + 2)).isFalse();
    assertThat(log.idsEvictedEarly()).isZero();
  }

  /** For example, a node with a wrong clock takes over, and then another one. */
  @ParameterizedTest
  @ValueSource(longs = {1, -1})
  void a_clock_that_is_wrong_by_days_for_a_moment_ends_no_window_and_prolongs_none(long sign) {
    append(log, batch("p", 1, message("a", "x")), NOW);
    append(log, batch("q", 1, message("a", "")), NOW + 1 + sign * DAYS);
    assertThat(isDuplicate(log, "x", NOW + 2 + sign * DAYS)).isTrue();
    assertThat(log.decide(batch("p", 1, message("a", "x")), NOW + 3))
        .isInstanceOf(PartitionLog.Repeat.class);
    append(log, batch("q", 2, message("a", "")), NOW + 3);
    pass(log, NOW + 3, NOW + WINDOW);
    assertThat(isDuplicate(log, "x", NOW + WINDOW)).isTrue();
    assertThat(isDuplicate(log, "x", NOW + WINDOW + 10)).isFalse();
  }

  @Test
  void a_clock_that_was_late_by_days_and_is_put_right_ends_no_window() {
    PartitionLog late = PartitionLog.empty(3, LIMITS);
    append(late, batch("p", 1, message("a", "")), NOW);
    pass(late, NOW - DAYS, NOW - DAYS + WINDOW);
    append(late, batch("p", 2, message("a", "x")), NOW - DAYS + WINDOW);
    pass(late, NOW + WINDOW, NOW + WINDOW + WINDOW / 2);
    assertThat(isDuplicate(late, "x", NOW + WINDOW + WINDOW / 2)).isTrue();
  }

  /** A weekend: a message under a reused id must not be considered a repetition. */
  @Test
  void the_time_while_a_partition_was_down_counts_when_its_clock_goes_on_as_it_began() {
    append(log, batch("p", 1, message("a", "x")), NOW);
    PartitionLog started = PartitionLog.restore(LIMITS, log.snapshot());
    long monday = NOW + DAYS;
    started.apply(new PartitionEvent.Activated(monday, "node"));
    assertThat(isDuplicate(started, "x", monday)).isTrue();
    pass(started, monday, monday + WINDOW / 24);
    assertThat(isDuplicate(started, "x", monday + WINDOW / 24)).isFalse();
  }

  @Test
  void what_the_transport_repeats_is_recognised_whatever_clocks_say() {
    PublishBatch batch = batch("p", 1, message("a", ""));
    BatchReceipt first = append(log, batch, NOW);
    long now = NOW;
    for (long years = 1; years < 5; years++) {
      now += Duration.ofDays(365).toMillis();
      append(log, batch("q", years, message("a", "")), now);
      append(log, batch("r", years, message("a", "")), NOW - now);
    }
    assertThat(log.decide(batch, now)).isEqualTo(new PartitionLog.Repeat(first));
  }

  @Test
  void a_batch_of_a_publisher_that_was_forgotten_is_not_stored_but_called_unknown() {
    LogLimits limits = new LogLimits(Duration.ofMinutes(10), 1000, 2);
    PartitionLog two = PartitionLog.empty(3, limits);
    PublishBatch second = batch("p", 2, message("a", ""));
    append(two, batch("p", 1, message("a", "")), NOW);
    append(two, second, NOW);
    append(two, batch("q", 1, message("a", "")), NOW);
    assertThat(two.decide(second, NOW)).isInstanceOf(PartitionLog.Repeat.class);
    append(two, batch("r", 1, message("a", "")), NOW);
    PartitionLog restored = PartitionLog.restore(limits, two.snapshot());
    for (PartitionLog either : List.of(two, restored)) {
      assertThat(either.decide(second, NOW))
          .isEqualTo(new PartitionLog.Forgotten(BatchReceipt.forgotten(second)));
      assertThat(either.decide(batch("q", 1, message("a", "")), NOW))
          .isInstanceOf(PartitionLog.Repeat.class);
    }
    append(two, batch("p again", 1, message("a", "")), NOW);
  }

  @Test
  void too_many_ids_are_forgotten_early_and_counted() {
    for (int i = 0; i <= 1000; i++) {
      append(log, batch("p", i + 1, message("a", "id" + i)), NOW);
    }
    assertThat(log.idsKnown()).isEqualTo(1000);
    assertThat(log.idsEvictedEarly()).isEqualTo(1);
    append(log, batch("p", 2000, message("a", "last")), NOW + 7);
    assertThat(log.effectiveWindow()).isEqualTo(Duration.ofMillis(7));
  }

  @Test
  void a_clock_that_is_set_back_does_not_turn_the_times_of_the_log_back() {
    append(log, batch("p", 1, message("a", "")), NOW);
    PartitionLog.Append append =
        (PartitionLog.Append) log.decide(batch("p", 2, message("a", "")), NOW - 5000);
    assertThat(append.event().timestampMillis()).isEqualTo(NOW);
  }

  @Test
  void a_gap_in_the_journal_is_an_error_at_recovery() {
    assertThatThrownBy(
            () ->
                log.apply(
                    new BatchAppended(
                        1,
                        NOW,
                        "p",
                        1,
                        List.of(message("a", "")),
                        List.of(),
                        List.of(),
                        List.of(),
                        PartitionClock.NEW)))
        .hasMessageContaining("INV-1")
        .hasMessageContaining("offset 0");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void every_message_is_stored_once_through_repeats_and_recoveries(long seed) {
    Random random = new Random(seed);
    List<PartitionEvent> journal = new ArrayList<>();
    PartitionLog current = PartitionLog.empty(3, LIMITS);
    PartitionSnapshot snapshot = current.snapshot();
    int eventsInSnapshot = 0;
    Map<String, Long> offsetById = new HashMap<>();
    long stored = 0;
    long now = NOW;
    List<PublishBatch> last = new ArrayList<>(List.of(batch("p0", 0), batch("p1", 0)));
    for (int step = 0; step < 2000; step++) {
      now += random.nextInt(100);
      int publisher = random.nextInt(2);
      boolean again = random.nextInt(4) == 0 && last.get(publisher).number() > 0;
      PublishBatch batch = again ? last.get(publisher) : newBatch(random, last, publisher);
      last.set(publisher, batch);
      if (current.decide(batch, now) instanceof PartitionLog.Append append) {
        assertThat(again).isFalse();
        // A failed write never happened: the next recovery doesn't read it.
        if (random.nextInt(10) != 0) {
          journal.add(append.event());
          current.apply(append.event());
          stored += check(append, batch, offsetById);
        } else {
          last.set(publisher, batch(batch.publisher(), batch.number() - 1));
          current = recover(snapshot, journal, eventsInSnapshot);
        }
      } else {
        assertThat(again || batch.messages().isEmpty()).isTrue();
      }
      if (random.nextInt(20) == 0) {
        snapshot = current.snapshot();
        eventsInSnapshot = journal.size();
      }
      if (random.nextInt(20) == 0) {
        PartitionLog recovered = recover(snapshot, journal, eventsInSnapshot);
        assertThat(recovered.snapshot()).isEqualTo(current.snapshot());
        assertThat(recover(PartitionLog.empty(3, LIMITS).snapshot(), journal, 0).snapshot())
            .isEqualTo(current.snapshot());
        current = recovered;
      }
      assertThat(current.nextOffset()).isEqualTo(stored);
    }
  }

  private static PublishBatch newBatch(Random random, List<PublishBatch> last, int publisher) {
    LogMessage[] messages = new LogMessage[1 + random.nextInt(3)];
    for (int i = 0; i < messages.length; i++) {
      messages[i] = message("k", random.nextInt(3) == 0 ? "" : "id" + random.nextInt(400));
    }
    return batch("p" + publisher, last.get(publisher).number() + 1, messages);
  }

  private static long check(
      PartitionLog.Append append, PublishBatch batch, Map<String, Long> offsetById) {
    long[] fresh = {0};
    append
        .receipt()
        .forEach(
            new BatchReceipt.MessageOutcome() {
              @Override
              public void stored(int index, long offset, boolean duplicate) {
                String id = batch.messages().get(index).id();
                if (duplicate) {
                  assertThat(offsetById.get(id)).isEqualTo(offset);
                } else {
                  fresh[0]++;
                  assertThat(id.isEmpty() || offsetById.put(id, offset) == null).isTrue();
                }
              }

              @Override
              public void stale(int index) {
                throw new AssertionError("message " + index + " is of no worker");
              }
            });
    return fresh[0];
  }

  private static PartitionLog recover(
      PartitionSnapshot snapshot, List<PartitionEvent> journal, int from) {
    PartitionLog recovered = PartitionLog.restore(LIMITS, snapshot);
    journal.subList(from, journal.size()).forEach(recovered::apply);
    return recovered;
  }
}
