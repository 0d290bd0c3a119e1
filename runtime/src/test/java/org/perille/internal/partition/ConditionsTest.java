package org.perille.internal.partition;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.ConditionResult;
import org.perille.internal.log.ConditionResult.Failed;
import org.perille.internal.log.ConditionResult.Undecided;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.settings.LogLimits;

class ConditionsTest {
  private static final int KNOWN_KEYS = 3;
  private static final LogLimits LIMITS =
      new LogLimits(Duration.ofMinutes(10), 1000).withMaxKnownKeys(KNOWN_KEYS);
  private static final long NOW = 1_000_000_000L;

  private final PartitionLog log = PartitionLog.empty(3, LIMITS);
  private long number;

  private static LogMessage message(String key, String id) {
    return new LogMessage(key, id, Map.of(), 1, "", ByteString.EMPTY);
  }

  private static LogCondition last(long offset) {
    return new LogCondition(OptionalLong.of(offset));
  }

  private static LogCondition first() {
    return new LogCondition(OptionalLong.empty());
  }

  private PublishBatch batch(Map<Integer, LogCondition> conditions, LogMessage... messages) {
    return new PublishBatch(
        "topic", 3, "p", ++number, List.of(messages), conditions, List.of(), null);
  }

  private BatchReceipt append(PublishBatch batch) {
    PartitionLog.Append append = (PartitionLog.Append) log.decide(batch, NOW);
    log.apply(append.event());
    return append.receipt();
  }

  private BatchReceipt append(String key) {
    return append(batch(Map.of(), message(key, "")));
  }

  private BatchReceipt append(String key, LogCondition condition) {
    return append(batch(Map.of(0, condition), message(key, "")));
  }

  @Test
  void a_message_is_stored_if_the_last_offset_of_its_key_is_the_expected_one() {
    assertThat(append("a", first()).unmet()).isEmpty();
    append("b");
    BatchReceipt receipt = append("a", last(0));
    assertThat(receipt.unmet()).isEmpty();
    assertThat(receipt.firstOffset()).isEqualTo(2);
  }

  @Test
  void a_message_is_refused_with_the_last_offset_if_it_is_another_one() {
    append("a", first());
    append("a");
    assertThat(append("a", last(0)).unmet()).containsExactly(new Failed(0, OptionalLong.of(1)));
    assertThat(append("a", first()).unmet()).containsExactly(new Failed(0, OptionalLong.of(1)));
    assertThat(append("b", last(0)).unmet()).containsExactly(new Failed(0, OptionalLong.empty()));
    assertThat(log.nextOffset()).isEqualTo(2);
  }

  @Test
  void conditions_are_checked_in_order_within_a_batch() {
    BatchReceipt receipt =
        append(
            batch(
                Map.of(0, first(), 1, first(), 3, last(1), 4, last(1)),
                message("a", ""),
                message("a", ""),
                message("a", ""),
                message("a", ""),
                message("a", "")));
    assertThat(receipt.unmet())
        .containsExactly(new Failed(1, OptionalLong.of(0)), new Failed(4, OptionalLong.of(2)));
    assertThat(receipt.size()).isEqualTo(5);
    List<String> outcomes = new ArrayList<>();
    receipt.forEach(
        new BatchReceipt.MessageOutcome() {
          @Override
          public void stored(int index, long offset, boolean duplicate) {
            outcomes.add(index + " at " + offset);
          }

          @Override
          public void stale(int index) {
            outcomes.add(index + " stale");
          }

          @Override
          public void conditionFailed(int index, OptionalLong last) {
            outcomes.add(index + " refused");
          }
        });
    assertThat(outcomes).containsExactly("0 at 0", "1 refused", "2 at 1", "3 at 2", "4 refused");
  }

  @Test
  void a_stored_id_is_a_duplicate_whatever_the_condition_says_now() {
    append(batch(Map.of(0, first()), message("a", "x")));
    append("a");
    BatchReceipt again = append(batch(Map.of(0, first()), message("a", "x")));
    assertThat(again.duplicates()).containsExactly(new Duplicate(0, 0));
    assertThat(again.unmet()).isEmpty();
  }

  @Test
  void the_id_of_a_refused_message_can_be_published_again() {
    BatchReceipt receipt = append(batch(Map.of(0, last(7)), message("a", "x"), message("a", "x")));
    assertThat(receipt.unmet()).containsExactly(new Failed(0, OptionalLong.empty()));
    assertThat(receipt.duplicates()).isEmpty();
    assertThat(log.nextOffset()).isEqualTo(1);
  }

  @Test
  void a_repeated_batch_gets_the_same_refusals_also_after_a_recovery() {
    append("b");
    append("a", first());
    PublishBatch batch = batch(Map.of(0, first(), 1, last(9)), message("b", ""), message("b", ""));
    BatchReceipt receipt = append(batch);
    assertThat(receipt.unmet()).hasSize(2);
    append(new PublishBatch("topic", 3, "q", 1, List.of(message("b", "")), List.of(), null));
    PartitionLog recovered = PartitionLog.restore(LIMITS, log.snapshot());
    assertThat(recovered.decide(batch, NOW)).isEqualTo(new PartitionLog.Repeat(receipt));
  }

  @Test
  void a_key_that_is_not_known_is_undecided_until_its_publisher_has_read_the_log() {
    append("a");
    append("b");
    assertThat(append("a", last(0)).unmet()).containsExactly(new Undecided(0, 2, 2));
    LastOfKey read = new LastOfKey(OptionalLong.of(0), 2);
    assertThat(append("a", last(0).with(read)).unmet()).isEmpty();
    assertThat(append("a", last(0)).unmet()).containsExactly(new Failed(0, OptionalLong.of(2)));
  }

  @Test
  void what_a_publisher_has_read_is_known_also_if_the_message_is_refused() {
    append("a");
    append("b");
    append("a", last(1));
    assertThat(append("a", last(1).with(new LastOfKey(OptionalLong.of(0), 2))).unmet())
        .containsExactly(new Failed(0, OptionalLong.of(0)));
    assertThat(append("a", last(0)).unmet()).isEmpty();
  }

  @Test
  void what_a_publisher_has_read_is_not_enough_if_the_floor_has_risen_above_it() {
    append("a");
    append("other", first());
    LogCondition read = last(0).with(new LastOfKey(OptionalLong.of(0), 1));
    append("a");
    for (int i = 0; i < KNOWN_KEYS; i++) {
      append("k" + i);
    }
    assertThat(append("a", read).unmet()).containsExactly(new Undecided(0, 2, 3));
  }

  @Test
  void a_recovered_partition_knows_nothing_of_earlier_messages() {
    append("a", first());
    append("a");
    PartitionLog recovered = PartitionLog.restore(LIMITS, log.snapshot());
    PartitionLog.Append decided =
        (PartitionLog.Append) recovered.decide(batch(Map.of(0, last(1)), message("a", "")), NOW);
    assertThat(decided.receipt().unmet()).containsExactly(new Undecided(0, 2, 2));
  }

  /** A model that knows everything, and a publisher that reads what the partition doesn't know. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void decisions_are_those_of_a_log_that_is_read_wholly(long seed) {
    Random random = new Random(seed);
    Map<String, Long> lastOffsets = new HashMap<>();
    PartitionLog current = log;
    int decided = 0;
    for (int step = 0; step < 2_000; step++) {
      String key = "k" + random.nextInt(8);
      OptionalLong last =
          lastOffsets.containsKey(key)
              ? OptionalLong.of(lastOffsets.get(key))
              : OptionalLong.empty();
      OptionalLong expected = random.nextInt(4) > 0 ? last : OptionalLong.of(random.nextInt(50));
      Map<Integer, LogCondition> conditions =
          random.nextBoolean() ? Map.of(0, new LogCondition(expected)) : Map.of();
      PartitionLog.Append append =
          (PartitionLog.Append) current.decide(batch(conditions, message(key, "")), NOW);
      current.apply(append.event());
      for (ConditionResult result : append.receipt().unmet()) {
        if (result instanceof Undecided undecided) {
          assertThat(last.orElse(-1)).isLessThan(undecided.below());
          LogCondition read = conditions.get(0).with(new LastOfKey(last, undecided.below()));
          append =
              (PartitionLog.Append) current.decide(batch(Map.of(0, read), message(key, "")), NOW);
          current.apply(append.event());
        }
      }
      if (conditions.isEmpty() || expected.equals(last)) {
        assertThat(append.receipt().unmet()).isEmpty();
        lastOffsets.put(key, append.receipt().firstOffset());
      } else {
        assertThat(append.receipt().unmet()).containsExactly(new Failed(0, last));
        decided++;
      }
      if (random.nextInt(100) == 0) {
        current = PartitionLog.restore(LIMITS, current.snapshot());
      }
    }
    assertThat(decided).isPositive();
  }
}
