package org.perille.proof.chain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perille.internal.log.LogEntry;

/** The messages that a worker of the model holds, by key, in handling order. */
final class ModelQueues {
  /** A message to handle. */
  record Queued(LogEntry entry, boolean late) {
    long offset() {
      return entry.offset();
    }

    String key() {
      return entry.message().key();
    }
  }

  private final Map<String, List<Queued>> queues = new LinkedHashMap<>();

  private List<Queued> queue(String key) {
    return queues.computeIfAbsent(key, unknown -> new ArrayList<>());
  }

  void add(LogEntry entry) {
    Queued last = new Queued(entry, false);
    queue(last.key()).add(last);
  }

  /** Adds a late message before those in turn, unless it is queued already. */
  void addLate(LogEntry entry) {
    Queued late = new Queued(entry, true);
    List<Queued> queue = queue(late.key());
    if (!queue.contains(late)) {
      queue.add((int) queue.stream().filter(Queued::late).count(), late);
    }
  }

  void remove(Queued one) {
    queue(one.key()).remove(one);
  }

  /** Removes and returns all messages of a key that aren't late. */
  List<Queued> removeInTurn(String key) {
    List<Queued> inTurn = queue(key).stream().filter(one -> !one.late).toList();
    queue(key).removeAll(inTurn);
    return inTurn;
  }

  /** Returns the first messages of a key. */
  List<Queued> first(String key, int messages) {
    return queue(key).stream().limit(messages).toList();
  }

  /** Returns the keys that have messages. */
  List<String> keys() {
    return queues.entrySet().stream()
        .filter(queue -> !queue.getValue().isEmpty())
        .map(Map.Entry::getKey)
        .toList();
  }

  int size() {
    return queues.values().stream().mapToInt(List::size).sum();
  }
}
