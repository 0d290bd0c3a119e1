package org.perille.internal.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyQueuesTest {
  private final KeyQueues<Integer> queues = new KeyQueues<>(message -> message < 0);

  @Test
  void a_key_that_is_handed_out_is_not_handed_out_again_until_it_is_finished() {
    queues.add("a", 1);
    queues.add("a", 2);
    assertThat(queues.take(Integer.MAX_VALUE, 1))
        .containsExactly(new KeyQueues.KeyBatch<>("a", List.of(1)));
    assertThat(queues.take(Integer.MAX_VALUE, 1)).isEmpty();
    queues.finish("a", 1, false);
    assertThat(queues.take(Integer.MAX_VALUE, 1))
        .containsExactly(new KeyQueues.KeyBatch<>("a", List.of(2)));
  }

  @Test
  void a_deferred_key_keeps_its_messages_in_order_and_holds_back_no_other() {
    queues.add("a", 1);
    queues.add("a", 2);
    queues.add("b", 3);
    queues.take(Integer.MAX_VALUE, 1);
    queues.finish("a", 0, true);
    assertThat(queues.take(Integer.MAX_VALUE, 9))
        .containsExactly(new KeyQueues.KeyBatch<>("b", List.of(3)));
    assertThat(queues.withdraw("a")).containsExactly(2);
    assertThat(queues.isEmpty()).isFalse();
    queues.finish("b", 1, false);
    assertThat(queues.isEmpty()).isTrue();
  }

  @Test
  void a_message_that_is_to_be_alone_is_handed_out_alone() {
    queues.add("a", 1);
    queues.add("b", 2);
    queues.add("b", -3);
    queues.add("b", 4);
    queues.add("c", -5);
    assertThat(queues.takeable(9, 9)).isEqualTo(5);
    assertThat(queues.take(9, 9))
        .containsExactly(
            new KeyQueues.KeyBatch<>("a", List.of(1)), new KeyQueues.KeyBatch<>("b", List.of(2)));
    queues.finish("b", 1, false);
    assertThat(queues.take(9, 9)).containsExactly(new KeyQueues.KeyBatch<>("c", List.of(-5)));
    assertThat(queues.take(9, 9)).containsExactly(new KeyQueues.KeyBatch<>("b", List.of(-3)));
    queues.finish("b", 1, false);
    assertThat(queues.take(9, 9)).containsExactly(new KeyQueues.KeyBatch<>("b", List.of(4)));
  }

  @Test
  void finishing_a_key_that_was_not_handed_out_is_an_error() {
    queues.add("a", 1);
    assertThatThrownBy(() -> queues.finish("a", 1, false)).hasMessageContaining("INV-6");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void each_key_is_handled_in_order_and_nothing_is_lost(long seed) {
    Random random = new Random(seed);
    Map<String, List<Integer>> added = new HashMap<>();
    Map<String, List<Integer>> done = new HashMap<>();
    List<KeyQueues.KeyBatch<Integer>> busy = new ArrayList<>();
    Set<String> deferred = new HashSet<>();
    int next = 0;
    for (int step = 0; step < 20_000 || !busy.isEmpty() || !deferred.isEmpty(); step++) {
      int action = random.nextInt(4);
      if (action == 0 && step < 20_000) {
        String key = "k" + random.nextInt(20);
        queues.add(key, next);
        added.computeIfAbsent(key, k -> new ArrayList<>()).add(next++);
      } else if (action == 1) {
        for (KeyQueues.KeyBatch<Integer> run :
            queues.take(Integer.MAX_VALUE, 1 + random.nextInt(5))) {
          assertThat(deferred).doesNotContain(run.key());
          assertThat(busy).noneMatch(other -> other.key().equals(run.key()));
          busy.add(run);
        }
      } else if (action == 2 && !busy.isEmpty()) {
        KeyQueues.KeyBatch<Integer> run = busy.remove(random.nextInt(busy.size()));
        int finished = random.nextInt(run.messages().size() + 1);
        boolean fails = finished < run.messages().size();
        done.computeIfAbsent(run.key(), k -> new ArrayList<>())
            .addAll(run.messages().subList(0, finished));
        queues.finish(run.key(), finished, fails);
        if (fails) {
          deferred.add(run.key());
        }
      } else if (!deferred.isEmpty()) {
        String key = deferred.iterator().next();
        deferred.remove(key);
        if (random.nextBoolean()) {
          // The messages behind the failed one come again, before later messages.
          int failed = added.get(key).get(done.computeIfAbsent(key, k -> new ArrayList<>()).size());
          List<Integer> behind = queues.withdraw(key);
          queues.add(key, failed);
          behind.forEach(message -> queues.add(key, message));
        } else {
          int failed = added.get(key).get(done.computeIfAbsent(key, k -> new ArrayList<>()).size());
          done.get(key).add(failed);
          queues.skip(key);
        }
      }
    }
    for (KeyQueues.KeyBatch<Integer> run : queues.take(Integer.MAX_VALUE, Integer.MAX_VALUE)) {
      done.computeIfAbsent(run.key(), k -> new ArrayList<>()).addAll(run.messages());
      queues.finish(run.key(), run.messages().size(), false);
    }
    assertThat(done).isEqualTo(added);
    assertThat(queues.readyKeys()).isZero();
  }
}
