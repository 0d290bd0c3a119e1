package org.perille.sharding;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.perille.PerilleMessage;

/** A message that can't be decoded while it is in the set of unreadable ones. */
record Note(String key, int number) implements PerilleMessage {
  static final Set<Integer> UNREADABLE = ConcurrentHashMap.newKeySet();

  Note {
    if (UNREADABLE.contains(number)) {
      throw new IllegalStateException("planned");
    }
  }
}
