package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The messages of a key in a partition, by rising offset once all are known. */
final class KeyLine {
  private static final KeyCourse[] NONE = {};

  final LogEvidence log;
  final String key;
  final List<Message> messages = new ArrayList<>(4);
  private KeyCourse[] courses = NONE;

  KeyLine(LogEvidence log, String key) {
    this.log = log;
    this.key = key;
  }

  void settleRanks() {
    boolean sorted = true;
    for (int i = 1; i < messages.size() && sorted; i++) {
      sorted = messages.get(i - 1).offset < messages.get(i).offset;
    }
    if (!sorted) {
      messages.sort(Comparator.comparingLong(message -> message.offset));
    }
    for (int i = 0; i < messages.size(); i++) {
      messages.get(i).rank = i;
    }
  }

  KeyCourse courseIfAny(Receiver receiver) {
    return receiver.ordinal < courses.length ? courses[receiver.ordinal] : null;
  }

  KeyCourse course(Receiver receiver) {
    KeyCourse known = courseIfAny(receiver);
    if (known != null) {
      return known;
    }
    if (receiver.ordinal >= courses.length) {
      courses = Arrays.copyOf(courses, log.topic.receivers.size());
    }
    KeyCourse course = new KeyCourse(this);
    courses[receiver.ordinal] = course;
    return course;
  }
}
