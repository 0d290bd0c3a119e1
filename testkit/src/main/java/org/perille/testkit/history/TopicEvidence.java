package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The records of a topic. */
final class TopicEvidence {
  final String name;
  final Map<Integer, LogEvidence> logs = new LinkedHashMap<>();
  final Map<String, Publication> publications = new HashMap<>();
  final Map<String, Operation.Scheduled> scheduled = new HashMap<>(0);

  /** The messages of outboxes whose transactions committed, by value. */
  final Map<String, Operation.OutboxCommitted> committed = new LinkedHashMap<>(0);

  /** The record that all of those are known; null if there is none. */
  Operation.OutboxRead outboxRead;

  final List<Receiver> receivers = new ArrayList<>();
  private final Map<String, KeyLine> keys = new HashMap<>();

  /** The keys that are in more than one partition. */
  final Map<String, List<KeyLine>> splitKeys = new LinkedHashMap<>(0);

  TopicEvidence(String name) {
    this.name = name;
  }

  LogEvidence log(int partition) {
    LogEvidence known = logs.get(partition);
    if (known != null) {
      return known;
    }
    LogEvidence log = new LogEvidence(this, partition);
    logs.put(partition, log);
    return log;
  }

  Receiver receiver(Operation.SubscriptionDeclared declared) {
    Receiver receiver = new Receiver(declared, this, receivers.size());
    receivers.add(receiver);
    return receiver;
  }

  /** Determines which transactions rolled back. Called when all is known. */
  void settle() {
    logs.values().forEach(LogEvidence::settle);
    if (outboxRead == null) {
      return;
    }
    publications.forEach(
        (value, publication) -> {
          for (Publication.Call call : publication.calls) {
            call.isRolledBack =
                call.isByOutbox && call.ended == null && !committed.containsKey(value);
          }
        });
  }

  void appeared(KeyLine line) {
    KeyLine other = keys.putIfAbsent(line.key, line);
    if (other != null) {
      splitKeys.computeIfAbsent(line.key, key -> new ArrayList<>(List.of(other))).add(line);
    }
  }
}
