package org.perille.proof.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perille.internal.effect.EffectCodec;
import org.perille.internal.effect.EffectsRecorded;
import org.perille.internal.effect.KeyBehavior;
import org.perille.internal.effect.KeyRecord;
import org.perille.internal.effect.KeySnapshot;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Operation;

/** The durable journals and snapshots of keys. Only one writer can write a sequence number. */
final class ModelKeyStore {
  private final EffectCodec codec;
  private final RunRecorder recorder;
  private final Map<String, List<EffectsRecorded>> journals = new HashMap<>();
  private final Map<String, KeySnapshot> snapshots = new HashMap<>();

  ModelKeyStore(EffectCodec codec, RunRecorder recorder) {
    this.codec = codec;
    this.recorder = recorder;
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
   * @return false if another writer has taken over
   */
  boolean append(String persistenceId, long sequenceNumber, EffectsRecorded event) {
    List<EffectsRecorded> journal = events(persistenceId);
    if (journal.size() > sequenceNumber) {
      recorder.mark(Mark.KEY_WRITE_FENCED);
      return false;
    }
    recorder.record(
        at -> new Operation.Stored(at, persistenceId, sequenceNumber + 1, event.epoch()));
    return journal.add(event);
  }

  void save(String persistenceId, KeySnapshot snapshot) {
    snapshots.merge(
        persistenceId,
        snapshot,
        (one, other) -> one.sequenceNumber() > other.sequenceNumber() ? one : other);
  }

  /** Returns the durable state of a key. It must be the same with and without the snapshot. */
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
    assertThat(recovered).as("key of '%s' with its snapshot", persistenceId).isEqualTo(replayed);
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
