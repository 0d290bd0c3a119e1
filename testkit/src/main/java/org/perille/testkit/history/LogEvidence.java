package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The records of a partition. */
final class LogEvidence {
  /** Two operations that read different values at an offset. */
  record Conflict(Message message, Operation operation, String key, String value) {}

  /** The end of the log when it was recovered or read. */
  record End(Operation operation, int index, long end) {}

  /** A cursor that was found or recovered. */
  record CursorAt(PartitionView reception, Operation operation, int index, long end, long epoch) {}

  final TopicEvidence topic;
  final int partition;
  final Map<Long, Message> messages = new HashMap<>();
  final Map<String, KeyLine> lines = new HashMap<>();
  final List<Conflict> conflicts = new ArrayList<>(0);
  final List<End> ends = new ArrayList<>(2);
  final List<CursorAt> cursors = new ArrayList<>(2);
  long lastRead = -1;
  int reads;

  LogEvidence(TopicEvidence topic, int partition) {
    this.topic = topic;
    this.partition = partition;
  }

  Message message(long offset) {
    Message known = messages.get(offset);
    if (known != null) {
      return known;
    }
    Message message = new Message(this, offset);
    messages.put(offset, message);
    return message;
  }

  /** Records the value that an operation read at an offset. */
  Message saw(Operation operation, long offset, String key, String value) {
    Message message = message(offset);
    if (!message.isKnown()) {
      message.first = operation;
      message.key = key;
      message.value = value;
      message.line = line(key);
      message.line.messages.add(message);
    } else if (!message.value.equals(value) || !message.key.equals(key)) {
      conflicts.add(new Conflict(message, operation, key, value));
    }
    return message;
  }

  void read(Operation.MessageRead read) {
    Message message = saw(read, read.offset(), read.key(), read.value());
    if (!message.isRead()) {
      message.read = read;
      reads++;
      lastRead = Math.max(lastRead, read.offset());
    }
  }

  /** Determines the positions of messages. Called when all are known. */
  void settle() {
    lines.values().forEach(KeyLine::settleRanks);
    for (Message message : messages.values()) {
      if (message.isRead()) {
        Publication publication = topic.publications.get(message.read.value());
        if (publication != null) {
          publication.stored.add(message);
        }
      }
    }
  }

  boolean isRead() {
    return reads > 0;
  }

  /** Returns the name of an offset in reports. */
  String place(long offset) {
    return topic.name + "/" + partition + " offset " + offset;
  }

  private KeyLine line(String key) {
    KeyLine known = lines.get(key);
    if (known != null) {
      return known;
    }
    KeyLine line = new KeyLine(this, key);
    lines.put(key, line);
    topic.appeared(line);
    return line;
  }
}
