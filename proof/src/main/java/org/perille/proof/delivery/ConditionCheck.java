package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;

/**
 * A check of conditions: each one that is stored held at its place in the log, and each one that is
 * refused did not hold at some moment since it was published.
 */
final class ConditionCheck {
  private final Simulation scenario;

  /** The conditions by the numbers of the messages. */
  private final Map<Integer, LogCondition> conditions = new HashMap<>();

  ConditionCheck(Simulation scenario) {
    this.scenario = scenario;
  }

  /** Records the condition of a new message. */
  void made(int number, LogCondition condition) {
    conditions.put(number, condition);
  }

  private static int number(LogMessage message) {
    return Integer.parseInt(message.payload().toStringUtf8());
  }

  /** Returns the last offset of a key before an offset. */
  OptionalLong lastBefore(String key, long end) {
    return scenario.topic().entries().stream()
        .filter(entry -> entry.offset() < end && entry.message().key().equals(key))
        .mapToLong(LogEntry::offset)
        .max();
  }

  /** Checks a message that is stored. */
  void stored(LogEntry entry) {
    LogCondition condition = conditions.get(number(entry.message()));
    if (condition != null) {
      scenario.mark(Mark.CONDITION_MET);
      OptionalLong last = lastBefore(entry.message().key(), entry.offset());
      if (!last.equals(condition.expected())) {
        scenario.violated(
            new AssertionError(
                "offset %d is stored though the last offset of its key is %s, and %s was expected"
                    .formatted(entry.offset(), last, condition.expected())));
      }
    }
  }

  /**
   * Checks a message that is refused.
   *
   * @param from the end of the log when it was published
   * @param found the last offset that the refusal has
   */
  void refused(LogMessage message, long from, OptionalLong found) {
    scenario.mark(Mark.CONDITION_FAILED);
    OptionalLong expected = conditions.get(number(message)).expected();
    assertThat(found).as("the offset that refuses a condition").isNotEqualTo(expected);
    boolean held = false;
    for (long end = from; end <= scenario.topic().end(); end++) {
      held |= lastBefore(message.key(), end).equals(found);
    }
    assertThat(held)
        .as("%s was the last offset of %s since the end was %d", found, message.key(), from)
        .isTrue();
    assertThat(
            scenario.topic().entries().stream()
                .filter(entry -> entry.offset() < from)
                .map(LogEntry::message)
                .filter(stored -> !stored.id().isEmpty()))
        .as("ids that were stored before a message was refused")
        .noneMatch(stored -> number(stored) == number(message));
  }
}
