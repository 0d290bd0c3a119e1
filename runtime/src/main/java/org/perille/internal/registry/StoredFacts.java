package org.perille.internal.registry;

import java.util.Optional;
import java.util.Set;
import org.perille.spi.CursorPlace;

/** The stored facts of a subscription beside its registration. Queried on demand. */
public interface StoredFacts {
  /** Returns the partitions in which a subscription has stored progress in the journal. */
  Set<Integer> cursorsInJournal(String topic, String storedName);

  /** Returns the partitions in which workers of a subscription have ever started. */
  Set<Integer> begun(String topic, String storedName);

  /** Returns the place where the handler of this definition stores cursors, if it reports it. */
  Optional<CursorPlace> cursorPlace(DefinedSubscription defined, String storedName);

  /** Returns whether the topic has a message. */
  boolean hasMessages(String topic);
}
