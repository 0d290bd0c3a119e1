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
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.log.PublishBatch;

class PartitionLogTest {
  private static final PartitionLog.Limits LIMITS =
      new PartitionLog.Limits(Duration.ofMinutes(10), 1000);
  private static final long NOW = 1_000_000_000L;

  private final PartitionLog log = PartitionLog.empty(3, LIMITS);

  static LogMessage message(String key, String id) {
    return new LogMessage(key, id, Map.of(), 1, "", ByteString.EMPTY);
  }

  // No test here follows the reference that a batch is answered through.
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

  @Test
  void an_id_is_forgotten_when_the_window_has_passed_and_not_before() {
    append(log, batch("p", 1, message("a", "x")), NOW);
    append(log, batch("p", 2, message("a", "")), NOW + Duration.ofMinutes(10).toMillis());
    assertThat(append(log, batch("p", 3, message("a", "x")), NOW).duplicates()).hasSize(1);
    append(log, batch("p", 4, message("a", "")), NOW + Duration.ofMinutes(10).toMillis() + 1);
    assertThat(append(log, batch("p", 5, message("a", "x")), NOW).duplicates()).isEmpty();
    assertThat(log.idsEvictedEarly()).isZero();
  }

  @Test
  void too_many_ids_are_forgotten_early_and_counted() {
    for (int i = 0; i <= 1000; i++) {
      append(log, batch("p", i + 1, message("a", "id" + i)), NOW);
    }
    assertThat(log.idsKnown()).isEqualTo(1000);
    assertThat(log.idsEvictedEarly()).isEqualTo(1);
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
                        List.of())))
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
        // A write that fails is one that never happened: the next recovery doesn't know it.
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
            new BatchReceipt.Outcome() {
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
