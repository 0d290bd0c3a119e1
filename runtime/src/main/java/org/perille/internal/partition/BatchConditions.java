package org.perille.internal.partition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.perille.internal.log.ConditionResult;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogMessage;

/**
 * Checks the conditions of a batch, in the order of its messages. Used for one batch.
 *
 * <p>A message sees those before it in the batch.
 */
final class BatchConditions {
  private final Map<Integer, LogCondition> conditions;
  private final LastOffsets known;
  private final Map<String, Long> here = new HashMap<>();
  private final List<ConditionResult> unmet = new ArrayList<>(0);

  BatchConditions(Map<Integer, LogCondition> conditions, LastOffsets known) {
    this.conditions = conditions;
    this.known = known;
  }

  /** Returns whether a new message may be stored. */
  boolean allow(int index, LogMessage message) {
    LogCondition condition = conditions.get(index);
    if (condition == null) {
      return true;
    }
    LastOffsets.Answer answer = find(message.key(), condition);
    if (answer instanceof LastOffsets.UnknownBelow unknown) {
      unmet.add(new ConditionResult.Undecided(index, unknown.floor(), unknown.sequenceNumber()));
      return false;
    }
    OptionalLong last = ((LastOffsets.Last) answer).offset();
    if (!last.equals(condition.expected())) {
      unmet.add(new ConditionResult.Failed(index, last));
      return false;
    }
    return true;
  }

  private LastOffsets.Answer find(String key, LogCondition condition) {
    Long offset = here.get(key);
    if (offset != null) {
      return new LastOffsets.Last(OptionalLong.of(offset));
    }
    return condition.read().map(read -> known.find(key, read)).orElseGet(() -> known.find(key));
  }

  /** Records a message that will be stored. */
  void storedAt(long offset, LogMessage message) {
    if (!conditions.isEmpty()) {
      here.put(message.key(), offset);
    }
  }

  List<ConditionResult> unmet() {
    return unmet;
  }
}
