package org.perille.testkit.history;

import java.util.Arrays;

/** A message at its position, and its course in each subscription. */
final class Message {
  private static final MessageHistory[] NONE = {};

  final LogEvidence log;
  final long offset;

  /** The first operation with the value at this position: a read one, or a handled one. */
  Operation first;

  KeyLine line;
  String key;
  String value;

  /**
   * The reading by an independent reader, if there is one; the message is then in the final log.
   */
  Operation.MessageRead read;

  /** Its position among the messages of its key in this partition. */
  int rank;

  private MessageHistory[] courses = NONE;

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

  /** Returns its publication; null if this value was not published. */
  Publication publication() {
    return isKnown() ? log.topic.publications.get(value) : null;
  }

  /** Returns whether it may be in the log. */
  boolean isPublished() {
    Publication publication = publication();
    return publication != null && publication.key().equals(key) && !publication.isFailed();
  }

  /** Returns its course; null if nothing is known. */
  MessageHistory courseIfAny(Receiver receiver) {
    return receiver.ordinal < courses.length ? courses[receiver.ordinal] : null;
  }

  MessageHistory course(Receiver receiver) {
    MessageHistory known = courseIfAny(receiver);
    if (known != null) {
      return known;
    }
    if (receiver.ordinal >= courses.length) {
      courses = Arrays.copyOf(courses, log.topic.receivers.size());
    }
    MessageHistory course = new MessageHistory(this);
    courses[receiver.ordinal] = course;
    return course;
  }
}
