package org.perille.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.TransactionsFinished;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.log.StoredTransaction;
import org.perille.internal.log.TransactionMessage;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.wire.TransactionCodec;

class TransactionLogTest {
  private static final LogLimits LIMITS = new LogLimits(Duration.ofMinutes(10), 50);
  private static final long NOW = 1_000_000_000L;

  private final List<PartitionEvent> journal = new ArrayList<>();
  private final TransactionLog log = TransactionLog.empty(1, LIMITS);
  private long batches;

  private static LogMessage transaction(String id) {
    return TransactionCodec.toMessage(
        id,
        List.of(
            new TransactionMessage(
                "t", 3, new LogMessage("k", "", Map.of(), 1, "", ByteString.EMPTY))));
  }

  private void apply(PartitionEvent event) {
    journal.add(event);
    log.apply(event);
  }

  /** Commits transactions, and returns the offset of the first. */
  private long commit(String... ids) {
    LogMessage[] transactions = new LogMessage[ids.length];
    for (int i = 0; i < ids.length; i++) {
      transactions[i] = transaction(ids[i]);
    }
    // Nothing here uses the reference for answers.
    PartitionLog.Append append =
        (PartitionLog.Append)
            log.decide(
                new PublishBatch("t", 1, "p", ++batches, List.of(transactions), List.of(), null),
                NOW);
    apply(append.event());
    return append.event().firstOffset();
  }

  private static StoredTransaction stored(long offset) {
    return new StoredTransaction(offset, 7, List.of(10 * offset), List.of());
  }

  private void finish(long... offsets) {
    List<StoredTransaction> all = new ArrayList<>();
    for (long offset : offsets) {
      all.add(stored(offset));
    }
    apply(new TransactionsFinished(all));
  }

  @Test
  void a_transaction_is_unfinished_from_its_commit_until_its_messages_are_stored() {
    commit("a", "b", "c");
    assertThat(log.unfinished().keySet()).containsExactly(0L, 1L, 2L);
    assertThat(log.finishedBelow()).isZero();
    finish(1);
    assertThat(log.unfinished().keySet()).containsExactly(0L, 2L);
    assertThat(log.finishedBelow()).isZero();
    assertThat(log.stored(1)).contains(stored(1));
    finish(0, 2);
    assertThat(log.finishedBelow()).isEqualTo(3);
  }

  @Test
  void the_age_of_what_is_unfinished_counts_on_after_a_snapshot_and_survives_a_wrong_clock() {
    assertThat(log.ageOfUnfinished(NOW)).isZero();
    commit("a", "b");
    assertThat(log.ageOfUnfinished(NOW + 40_000)).isEqualTo(Duration.ofSeconds(40));
    long daysAhead = NOW + Duration.ofDays(3).toMillis();
    log.readClock(NOW + 40_000);
    log.readClock(daysAhead);
    TransactionLog restored = TransactionLog.restore(LIMITS, log.snapshot());
    assertThat(restored.ageOfUnfinished(daysAhead + 5_000)).isEqualTo(Duration.ofSeconds(45));
    finish(0, 1);
    assertThat(log.ageOfUnfinished(daysAhead)).isZero();
  }

  @Test
  void a_transaction_is_not_finished_twice() {
    commit("a");
    finish(0);
    assertThatThrownBy(() -> finish(0)).hasMessageContaining("INV-12");
  }

  @Test
  void a_repeated_id_is_the_same_transaction() {
    commit("a", "b");
    PartitionLog.Append again =
        (PartitionLog.Append)
            log.decide(
                new PublishBatch("t", 1, "another", 1, List.of(transaction("b")), List.of(), null),
                NOW);
    assertThat(again.event().messages()).isEmpty();
    assertThat(again.event().duplicates()).singleElement().matches(one -> one.offset() == 1);
  }

  @Test
  void receipts_are_remembered_as_long_as_the_ids_and_no_longer() {
    for (int i = 0; i < 200; i++) {
      commit("t" + i);
      finish(i);
    }
    assertThat(log.stored(149)).isEmpty();
    assertThat(log.stored(150)).isPresent();
    assertThat(log.snapshot().finished()).hasSize(50);
  }

  @Test
  void an_unfinished_transaction_is_kept_however_many_follow_it() {
    commit("first");
    for (int i = 1; i < 200; i++) {
      commit("t" + i);
      finish(i);
    }
    assertThat(log.unfinished().keySet()).containsExactly(0L);
    assertThat(log.finishedBelow()).isZero();
  }

  @Test
  void there_is_room_until_too_much_is_unfinished() {
    commit("first");
    for (int i = 1; i < TransactionLog.MAX_SPAN; i++) {
      assertThat(log.hasRoom()).isTrue();
      commit("t" + i);
      finish(i);
    }
    assertThat(log.hasRoom()).isFalse();
    finish(0);
    assertThat(log.hasRoom()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void a_snapshot_and_a_replay_lead_to_the_same_state(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      if (random.nextInt(3) > 0 || log.unfinished().isEmpty()) {
        commit("t" + random.nextInt(200));
      } else {
        List<Long> unfinished = List.copyOf(log.unfinished().keySet());
        finish(unfinished.get(random.nextInt(unfinished.size())));
      }
      TransactionLog replayed = TransactionLog.empty(1, LIMITS);
      int snapshotAt = random.nextInt(journal.size() + 1);
      journal.subList(0, snapshotAt).forEach(replayed::apply);
      TransactionLog restored = TransactionLog.restore(LIMITS, replayed.snapshot());
      journal.subList(snapshotAt, journal.size()).forEach(restored::apply);
      assertThat(restored.snapshot()).isEqualTo(log.snapshot());
    }
  }
}
