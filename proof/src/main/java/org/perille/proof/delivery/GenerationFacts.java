package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.perille.OnExhausted;

/** The known facts about the messages in one generation of the subscription. */
final class GenerationFacts {
  private final Set<Long> entered = new HashSet<>();
  private final Set<Long> handled = new HashSet<>();
  private final Set<Long> discarded = new HashSet<>();
  private final Set<Long> told = new HashSet<>();
  private final Map<Long, OnExhausted> letters = new HashMap<>();
  private final Map<Long, Integer> attempts = new HashMap<>();
  private final Map<Long, Integer> entries = new HashMap<>();
  private final Map<String, Long> lastCommitted = new HashMap<>();

  /**
   * The last message of each ordering group that the current worker started. Replaced workers don't
   * count, as they handle late what they have read.
   */
  private final Map<String, Long> lastEntered = new HashMap<>();

  /** Returns the messages that a handler was called for. */
  Set<Long> entered() {
    return entered;
  }

  /** Returns the handled messages. In a transactional store only the commit makes them handled. */
  Set<Long> handled() {
    return handled;
  }

  Set<Long> discarded() {
    return discarded;
  }

  /** Returns the messages that a caller was notified of as finished. */
  Set<Long> told() {
    return told;
  }

  /** Returns the consequence of a dead letter. Empty if the message has never been one. */
  Optional<OnExhausted> letter(long offset) {
    return Optional.ofNullable(letters.get(offset));
  }

  /**
   * Records a dead letter.
   *
   * @return whether it is new
   */
  boolean noteLetter(long offset, OnExhausted consequence) {
    return letters.put(offset, consequence) == null;
  }

  /**
   * Records the number of an attempt.
   *
   * @return the number of the attempt before
   */
  Optional<Integer> noteAttempt(long offset, int number) {
    return Optional.ofNullable(attempts.put(offset, number));
  }

  /**
   * Counts a handler call.
   *
   * @return the number of calls since the message was handled or redriven
   */
  int countEntry(long offset) {
    return entries.merge(offset, 1, Integer::sum);
  }

  /** Takes back the count of a handler call. */
  void uncountEntry(long offset) {
    entries.computeIfPresent(offset, (key, count) -> count - 1);
  }

  /** Forgets the handler calls for these messages. */
  void forgetEntries(Collection<Long> offsets) {
    entries.keySet().removeAll(offsets);
  }

  void handle(long offset) {
    handled.add(offset);
    entries.remove(offset);
    attempts.remove(offset);
  }

  /** Records and checks a durable effect. */
  void commit(String group, long offset) {
    assertThat(handled).as("effects").doesNotContain(offset);
    assertThat(discarded).as("discarded messages").doesNotContain(offset);
    handle(offset);
    checkOrder(group, offset, lastCommitted);
  }

  /** Checks the order in which the current worker starts messages. */
  void checkStart(String group, long offset) {
    checkOrder(group, offset, lastEntered);
  }

  /**
   * Checks the order of an ordering group. Former dead letters come whenever they are redriven.
   *
   * @param last the last message of each group before
   */
  void checkOrder(String group, long offset, Map<String, Long> last) {
    if (!letters.containsKey(offset)) {
      Long before = last.put(group, offset);
      assertThat(before == null || before <= offset)
          .as("%d comes after %s", offset, before)
          .isTrue();
    }
  }
}
