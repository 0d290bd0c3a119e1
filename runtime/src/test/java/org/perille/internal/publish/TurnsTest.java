package org.perille.internal.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.ProducerReport;

class TurnsTest {
  private final SendBuffer<String> buffer = new SendBuffer<>(2, 3, 1000);
  private final Turns<String> turns = new Turns<>(buffer);

  private static PendingPublish<String> pending(String key, String name, long deadline) {
    return new PendingPublish<>(message(key), Optional.of(deadline), name, Optional.empty());
  }

  private static LogMessage message(String key) {
    return new LogMessage(key, "", Map.of(), 1, "", ByteString.EMPTY);
  }

  private static Turn turn(String... keys) {
    Map<String, Integer> partitions = new HashMap<>();
    for (String key : keys) {
      partitions.put(key, 0);
    }
    return new Turn(partitions);
  }

  private static boolean hasCome(Turn turn) {
    return turn.come().toCompletableFuture().isDone();
  }

  /** Sends the next batch and returns it; empty if there is none. */
  private List<String> sent() {
    return buffer
        .next(0)
        .map(batch -> batch.messages().stream().map(PendingPublish::promise).toList())
        .orElse(List.of());
  }

  private void received(long number) {
    turns.settled(buffer.durable(0, number).orElseThrow().messages());
  }

  @Test
  void a_turn_comes_at_once_if_nothing_of_its_keys_is_under_way() {
    turns.add(0, pending("other", "o", 0));
    Turn turn = turn("a", "b");
    turns.add(turn);
    assertThat(hasCome(turn)).isTrue();
  }

  @Test
  void a_turn_waits_for_the_outcomes_of_earlier_messages_of_its_keys() {
    turns.add(0, pending("a", "a1", 0));
    assertThat(sent()).containsExactly("a1");
    turns.add(0, pending("b", "b1", 0));
    Turn turn = turn("a", "b");
    turns.add(turn);
    received(1);
    assertThat(hasCome(turn)).isFalse();
    assertThat(sent()).containsExactly("b1");
    received(2);
    assertThat(hasCome(turn)).isTrue();
  }

  @Test
  void later_messages_of_its_keys_wait_until_a_turn_has_ended_and_others_dont() {
    Turn turn = turn("a");
    turns.add(turn);
    turns.add(0, pending("a", "a1", 0));
    turns.add(0, pending("other", "o", 0));
    turns.add(0, pending("a", "a2", 0));
    assertThat(sent()).containsExactly("o");
    received(1);
    assertThat(turns.isSettled()).isFalse();
    assertThat(turns.end(turn)).containsExactly(0);
    assertThat(sent()).containsExactly("a1", "a2");
    assertThat(turns.isSettled()).isTrue();
  }

  @Test
  void the_messages_of_handlers_and_relays_never_wait_and_nobody_waits_for_them() {
    turns.add(0, produced("a", "before"));
    Turn turn = turn("a");
    turns.add(turn);
    assertThat(hasCome(turn)).isTrue();
    turns.add(0, produced("a", "after"));
    assertThat(sent()).containsExactly("before", "after");
  }

  private static PendingPublish<String> produced(String key, String name) {
    return new PendingPublish<>(
        message(key),
        Optional.empty(),
        name,
        Optional.of(() -> new ProducerReport("p", 1, OffsetSet.NONE)));
  }

  @Test
  void a_turn_that_ends_before_it_has_come_holds_nobody_back() {
    Turn first = turn("a");
    Turn givenUp = turn("a", "b");
    Turn third = turn("b", "a");
    turns.add(first);
    turns.add(givenUp);
    turns.add(third);
    turns.end(givenUp);
    assertThat(hasCome(third)).isFalse();
    turns.end(first);
    assertThat(hasCome(third)).isTrue();
    assertThat(hasCome(givenUp)).isFalse();
  }

  @Test
  void messages_behind_a_turn_expire() {
    Turn turn = turn("a");
    turns.add(turn);
    turns.add(0, pending("a", "a1", 5));
    turns.add(0, pending("a", "a2", 50));
    assertThat(turns.expire(10)).extracting(one -> one.pending().promise()).containsExactly("a1");
    turns.end(turn);
    assertThat(sent()).containsExactly("a2");
  }

  @Test
  void the_end_of_a_publisher_fails_the_turns_that_have_not_come_and_returns_the_messages() {
    Turn come = turn("a");
    Turn waiting = turn("a");
    turns.add(come);
    turns.add(waiting);
    turns.add(0, pending("a", "a1", 0));
    PublishRefusedException failure = new PublishRefusedException(Reason.STOPPED, "stopped");
    assertThat(turns.clear(failure)).noneMatch(SendBuffer.Expired::sent).hasSize(1);
    assertThatThrownBy(() -> waiting.come().toCompletableFuture().join())
        .isInstanceOf(CompletionException.class)
        .hasCause(failure);
    assertThat(come.come().toCompletableFuture()).isCompleted();
    assertThat(turns.isSettled()).isTrue();
    assertThat(turns.end(come)).isEmpty();
  }

  /**
   * Goal: of each key, everything is sent in the order of the calls, and nothing waits for ever.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void any_order_of_calls_is_kept_for_each_key(long seed) {
    Random random = new Random(seed);
    Map<String, List<String>> called = new HashMap<>();
    Map<String, List<String>> stored = new HashMap<>();
    List<Turn> open = new ArrayList<>();
    Map<Turn, String> names = new HashMap<>();
    for (int i = 0; i < 3_000; i++) {
      int chance = random.nextInt(10);
      if (chance < 4) {
        String key = "k" + random.nextInt(4);
        turns.add(0, pending(key, key + "/" + i, 0));
        called.computeIfAbsent(key, k -> new ArrayList<>()).add(key + "/" + i);
      } else if (chance < 6) {
        Turn turn = turn("k" + random.nextInt(4), "k" + random.nextInt(4));
        names.put(turn, "t" + i);
        turns.add(turn);
        open.add(turn);
        turn.keys()
            .keySet()
            .forEach(
                key -> called.computeIfAbsent(key, k -> new ArrayList<>()).add(names.get(turn)));
      } else if (chance < 8) {
        endOne(random, open, names, stored);
      } else {
        store(stored);
      }
    }
    while (!open.isEmpty() || !buffer.isEmpty()) {
      int before = open.size();
      store(stored);
      endOne(random, open, names, stored);
      assertThat(before > open.size() || open.stream().noneMatch(TurnsTest::hasCome)).isTrue();
    }
    assertThat(stored).isEqualTo(called);
  }

  private void store(Map<String, List<String>> stored) {
    buffer.next(0);
    buffer
        .underWay(0)
        .ifPresent(
            batch -> {
              batch
                  .messages()
                  .forEach(
                      one ->
                          stored
                              .computeIfAbsent(one.message().key(), k -> new ArrayList<>())
                              .add(one.promise()));
              received(batch.number());
            });
  }

  private void endOne(
      Random random, List<Turn> open, Map<Turn, String> names, Map<String, List<String>> stored) {
    List<Turn> come = open.stream().filter(TurnsTest::hasCome).toList();
    if (!come.isEmpty()) {
      Turn turn = come.get(random.nextInt(come.size()));
      open.remove(turn);
      turn.keys()
          .keySet()
          .forEach(key -> stored.computeIfAbsent(key, k -> new ArrayList<>()).add(names.get(turn)));
      turns.end(turn);
    }
  }

  private static PendingPublish<String> conditional(String key, String name, long deadline) {
    return new PendingPublish<>(
        message(key),
        Optional.of(deadline),
        name,
        Optional.empty(),
        Optional.of(new LogCondition(OptionalLong.empty())));
  }

  @Test
  void
      a_message_with_a_condition_is_sent_behind_earlier_ones_and_holds_back_later_ones_of_its_key() {
    turns.add(0, pending("a", "a1", 0));
    turns.add(0, conditional("a", "a2", 0));
    turns.add(0, pending("a", "a3", 0));
    turns.add(0, pending("b", "b1", 0));
    assertThat(sent()).containsExactly("a1", "a2", "b1");
    received(1);
    assertThat(sent()).containsExactly("a3");
  }

  @Test
  void no_message_overtakes_one_for_which_the_log_is_read() {
    turns.add(0, conditional("a", "a1", 0));
    turns.add(0, pending("a", "a2", 0));
    Turn turn = turn("a");
    turns.add(turn);
    assertThat(sent()).containsExactly("a1");
    PendingPublish<String> undecided = buffer.durable(0, 1).orElseThrow().messages().get(0);
    turns.reading(undecided);
    assertThat(sent()).isEmpty();
    assertThat(turns.isSettled()).isFalse();
    LastOfKey last = new LastOfKey(OptionalLong.empty(), 5);
    assertThat(turns.read(undecided, last, 9)).isTrue();
    assertThat(turns.read(undecided, last, 9)).isFalse();
    PendingPublish<String> again = buffer.next(0).orElseThrow().messages().get(0);
    assertThat(again.condition().orElseThrow().read()).contains(last);
    assertThat(again.promise()).isEqualTo("a1");
    received(2);
    assertThat(sent()).containsExactly("a2");
    assertThat(hasCome(turn)).isFalse();
    received(3);
    assertThat(hasCome(turn)).isTrue();
  }

  @Test
  void a_message_does_not_expire_while_the_log_is_read_for_it_and_those_behind_it_do() {
    turns.add(0, conditional("a", "a1", 1));
    turns.add(0, conditional("a", "a2", 1));
    turns.add(0, pending("a", "a3", 1));
    assertThat(sent()).containsExactly("a1");
    PendingPublish<String> undecided = buffer.durable(0, 1).orElseThrow().messages().get(0);
    turns.reading(undecided);
    assertThat(turns.expire(2))
        .extracting(one -> one.pending().promise())
        .containsExactly("a2", "a3");
    assertThat(turns.clear(new PublishRefusedException(Reason.STOPPED, "stopped")))
        .extracting(one -> one.pending().promise())
        .containsExactly("a1");
    assertThat(turns.read(undecided, new LastOfKey(OptionalLong.empty(), 5), 9)).isFalse();
  }
}
