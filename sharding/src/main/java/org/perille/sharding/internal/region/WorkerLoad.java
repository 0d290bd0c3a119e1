package org.perille.sharding.internal.region;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perille.internal.Pure;

/** The workers of a node, by subscription. */
@Pure
final class WorkerLoad {
  private final Map<String, List<String>> bySubscription = new HashMap<>();
  private int size;

  static WorkerLoad of(Iterable<String> workers) {
    WorkerLoad load = new WorkerLoad();
    workers.forEach(load::add);
    return load;
  }

  void add(String worker) {
    bySubscription
        .computeIfAbsent(PlacedSubscription.nameOf(worker), name -> new ArrayList<>())
        .add(worker);
    size++;
  }

  /** Returns the number of workers of all subscriptions. */
  int size() {
    return size;
  }

  /** Returns the number of workers of one subscription. */
  int of(String subscription) {
    return bySubscription.getOrDefault(subscription, List.of()).size();
  }

  /** Returns the subscriptions that have workers here. */
  Set<String> subscriptions() {
    return bySubscription.keySet();
  }

  /** Removes one worker of a subscription that has some, and returns it. */
  String removeOne(String subscription) {
    List<String> workers = bySubscription.get(subscription);
    String removed = workers.remove(workers.size() - 1);
    if (workers.isEmpty()) {
      bySubscription.remove(subscription);
    }
    size--;
    return removed;
  }

  WorkerLoad copy() {
    WorkerLoad copy = new WorkerLoad();
    bySubscription.forEach(
        (name, workers) -> copy.bySubscription.put(name, new ArrayList<>(workers)));
    copy.size = size;
    return copy;
  }
}
