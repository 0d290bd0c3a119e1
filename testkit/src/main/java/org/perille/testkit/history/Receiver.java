package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perille.Guarantee;
import org.perille.OnExhausted;

/** A subscription; for an ephemeral one, its part on a node. */
final class Receiver {
  final Operation.SubscriptionDeclared declared;
  final TopicEvidence topic;

  /** Its index among the receivers of its topic. */
  final int ordinal;

  final Map<Integer, PartitionView> receptions = new LinkedHashMap<>(4);
  final List<KeyCourse> keys = new ArrayList<>();

  /** True if its effects were read. */
  boolean hasEffects;

  /** True if its dead-letter topic was read. */
  boolean hasReadLetters;

  /** The number of messages that were lost, as at-most-once allows. */
  long skipped;

  long deadLetters;

  private final List<Operation.ResetOrdered> resets = new ArrayList<>(0);
  private final List<Integer> resetIndexes = new ArrayList<>(0);

  Receiver(Operation.SubscriptionDeclared declared, TopicEvidence topic, int ordinal) {
    this.declared = declared;
    this.topic = topic;
    this.ordinal = ordinal;
  }

  String name() {
    return declared.subscription();
  }

  boolean is(Guarantee guarantee) {
    return declared.guarantee() == guarantee;
  }

  boolean is(OnExhausted action) {
    return declared.onExhausted() == action;
  }

  PartitionView reception(LogEvidence log) {
    PartitionView known = receptions.get(log.partition);
    if (known != null) {
      return known;
    }
    PartitionView reception = new PartitionView(this, log);
    receptions.put(log.partition, reception);
    return reception;
  }

  KeyCourse key(KeyLine line) {
    KeyCourse known = line.courseIfAny(this);
    if (known != null) {
      return known;
    }
    KeyCourse course = line.course(this);
    keys.add(course);
    return course;
  }

  void reset(Operation.ResetOrdered ordered, int index) {
    resets.add(ordered);
    resetIndexes.add(index);
  }

  boolean hasResets() {
    return !resets.isEmpty();
  }

  /** Returns the number of resets that may have brought an offset back by then. */
  int resetsOf(long offset, int beforeIndex) {
    int count = 0;
    for (int i = 0; i < resets.size(); i++) {
      count += resets.get(i).position() <= offset && resetIndexes.get(i) < beforeIndex ? 1 : 0;
    }
    return count;
  }

  int resetsOf(long offset) {
    return resetsOf(offset, Integer.MAX_VALUE);
  }

  /** Returns the highest position of a reset by then, or -1. */
  long resetTo(int beforeIndex) {
    long highest = -1;
    for (int i = 0; i < resets.size(); i++) {
      if (resetIndexes.get(i) < beforeIndex) {
        highest = Math.max(highest, resets.get(i).position());
      }
    }
    return highest;
  }
}
