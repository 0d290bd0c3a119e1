package org.perille.testkit.history;

import java.util.Arrays;

/** A message at its place, and what became of it in each subscription. */
final class Message {
  private static final Course[] NONE = {};

  final LogEvidence log;
  final long offset;

  /** The first operation that says what stands here; a read one, or one that was handled. */
  Operation first;

  KeyLine line;
  String key;
  String value;

  /** How somebody who only reads saw it: then it is in the final log. */
  Operation.MessageRead read;

  /** Its place among the messages of its key in this partition. */
  int rank;

  private Course[] courses = NONE;

  Message(LogEvidence log, long offset) {
    this.log = log;
    this.offset = offset;
  }

  boolean isKnown() {
    return first != null;
  }

  boolean isRead() {
    return read != null;
  }

  /** Its publication; null if nobody published this value. */
  Publication publication() {
    return isKnown() ? log.topic.publications.get(value) : null;
  }

  /** Whether it may be in the log. */
  boolean isPublished() {
    Publication publication = publication();
    return publication != null && publication.key().equals(key) && !publication.isFailed();
  }

  /** What became of it; null if nothing is known. */
  Course courseIfAny(Receiver receiver) {
    return receiver.ordinal < courses.length ? courses[receiver.ordinal] : null;
  }

  Course course(Receiver receiver) {
    Course known = courseIfAny(receiver);
    if (known != null) {
      return known;
    }
    if (receiver.ordinal >= courses.length) {
      courses = Arrays.copyOf(courses, log.topic.receivers.size());
    }
    Course course = new Course(this);
    courses[receiver.ordinal] = course;
    return course;
  }
}
