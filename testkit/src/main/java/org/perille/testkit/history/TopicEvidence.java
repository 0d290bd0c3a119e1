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

  void appeared(KeyLine line) {
    KeyLine other = keys.putIfAbsent(line.key, line);
    if (other != null) {
      splitKeys.computeIfAbsent(line.key, key -> new ArrayList<>(List.of(other))).add(line);
    }
  }
}
