package org.perille.internal.effect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The durable events of keys. A sequence number can be written once, by any writer. */
final class MemoryKeyStore {
  private final EffectCodec codec;
  private final Map<String, List<EffectsRecorded>> journals = new HashMap<>();
  private final Map<String, KeySnapshot> snapshots = new HashMap<>();

  MemoryKeyStore(EffectCodec codec) {
    this.codec = codec;
  }

  EffectCodec codec() {
    return codec;
  }

  List<EffectsRecorded> events(String persistenceId) {
    return journals.computeIfAbsent(persistenceId, unknown -> new ArrayList<>());
  }

  /**
   * Appends an event.
   *
   * @return false if another writer has used the sequence number
   */
  boolean append(String persistenceId, long sequenceNumber, EffectsRecorded event) {
    List<EffectsRecorded> journal = events(persistenceId);
    if (journal.size() > sequenceNumber) {
      return false;
    }
    return journal.add(event);
  }

  void save(String persistenceId, KeySnapshot snapshot) {
    snapshots.merge(
        persistenceId,
        snapshot,
        (one, other) -> one.sequenceNumber() > other.sequenceNumber() ? one : other);
  }

  /** Returns the record of a key, and checks that it is the same with and without its snapshot. */
  KeyRecord recover(String persistenceId, KeyBehavior<?> logic) {
    List<EffectsRecorded> journal = events(persistenceId);
    KeyRecord replayed = replay(KeyRecord.empty(logic), journal, logic);
    KeySnapshot snapshot = snapshots.get(persistenceId);
    if (snapshot == null) {
      return replayed;
    }
    KeyRecord restored = KeyRecord.restore(snapshot, logic, codec);
    KeyRecord recovered =
        replay(restored, journal.subList((int) snapshot.sequenceNumber(), journal.size()), logic);
    assertThat(recovered).isEqualTo(replayed);
    return recovered;
  }

  private KeyRecord replay(KeyRecord from, List<EffectsRecorded> events, KeyBehavior<?> logic) {
    KeyRecord memory = from;
    for (EffectsRecorded event : events) {
      memory = memory.apply(event, logic, codec);
    }
    return memory;
  }
}
