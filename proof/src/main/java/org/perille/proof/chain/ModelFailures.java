package org.perille.proof.chain;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.perille.proof.chain.DeferredOne.Status;

/** The messages of a worker of the model that failed, or wait behind one that failed. */
final class ModelFailures {
  private final SortedMap<Long, DeferredOne> deferred;

  ModelFailures(SortedMap<Long, DeferredOne> recovered) {
    this.deferred = new TreeMap<>(recovered);
  }

  /** Returns an immutable copy of the current messages. */
  SortedMap<Long, DeferredOne> all() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(deferred));
  }

  boolean is(long offset, Status status) {
    return deferred.containsKey(offset) && deferred.get(offset).is(status);
  }

  /** Returns whether the messages of the key that aren't dead letters have to wait. */
  boolean isParked(String key) {
    return deferred.values().stream().anyMatch(a -> a.key().equals(key) && a.parks());
  }

  /** Returns the messages of a key that wait. */
  List<Long> parked(String key) {
    return deferred.entrySet().stream()
        .filter(entry -> entry.getValue().key().equals(key))
        .filter(entry -> entry.getValue().is(Status.PARKED))
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Records a failed attempt.
   *
   * @return the number of failed attempts in a row
   */
  int failed(long offset, String key) {
    DeferredOne before =
        deferred.getOrDefault(offset, new DeferredOne(key, Status.RETRIED, 0, false));
    Status after = before.isGivenUp() ? Status.REDRIVEN : Status.RETRIED;
    deferred.put(offset, new DeferredOne(key, after, before.attempts() + 1, before.parks()));
    return before.attempts() + 1;
  }

  void giveUp(long offset, String key, boolean parks) {
    deferred.put(offset, new DeferredOne(key, Status.LETTER, 0, parks));
  }

  void park(long offset, String key) {
    deferred.put(offset, new DeferredOne(key, Status.PARKED, 0, false));
  }

  /** Redrives a random dead letter, if a durable one exists. */
  void redriveAny(Random random, SortedMap<Long, DeferredOne> durable) {
    List<Long> letters =
        durable.keySet().stream()
            .filter(offset -> durable.get(offset).is(Status.LETTER) && is(offset, Status.LETTER))
            .toList();
    if (!letters.isEmpty()) {
      long offset = letters.get(random.nextInt(letters.size()));
      DeferredOne letter = deferred.get(offset);
      deferred.put(offset, new DeferredOne(letter.key(), Status.REDRIVEN, 0, letter.parks()));
    }
  }

  void done(long offset) {
    deferred.remove(offset);
  }
}
