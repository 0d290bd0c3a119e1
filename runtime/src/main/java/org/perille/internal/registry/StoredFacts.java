package org.perille.internal.registry;

import java.util.Set;
import org.perille.spi.CursorPlace;

/** The facts that are stored of a subscription beside its registration. Asked for when needed. */
public interface StoredFacts {
  /** Partitions of the topic in which a subscription has stored progress in the journal. */
  Set<Integer> cursorsInJournal(String topic, String storedName);

  /** Partitions of the topic in which workers of a subscription have ever begun. */
  Set<Integer> begun(String topic, String storedName);

  /** The place where the handler of this definition stores cursors. */
  CursorPlace cursorPlace(DefinedSubscription defined, String storedName);

  /** Whether the topic has a message. */
  boolean hasMessages(String topic);
}
