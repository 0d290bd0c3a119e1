package org.perille.internal.partition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Origin;
import org.perille.internal.log.ProducerReport;

/**
 * Separates the new messages of a batch from duplicates and stale ones. Used for one batch.
 *
 * <p>A duplicate is stored already, or occurs earlier in the batch. A stale message is of a
 * replaced worker.
 */
final class BatchDeduplicator {
  /** The identity of a message, by which duplicates within the batch are found. */
  private sealed interface Identity {}

  private record ById(DedupWindow.Id id) implements Identity {
    private static ById of(LogMessage message) {
      return new ById(DedupWindow.Id.of(message.key(), message.id()));
    }
  }

  private record ByOrigin(String producer, long offset, int index) implements Identity {
    private static ByOrigin of(Origin origin) {
      return new ByOrigin(origin.producer(), origin.offset(), origin.index());
    }
  }

  private final DedupWindow ids;
  private final ProducerDedup producers;
  private final long ageMillis;
  private final long firstOffset;
  private final Map<Identity, Long> here = new HashMap<>();
  private final Map<String, Long> epochs = new HashMap<>();

  private final List<LogMessage> fresh;
  private final List<Duplicate> duplicates = new ArrayList<>(0);
  private final List<Integer> stale = new ArrayList<>(0);

  /** The own id of the last message that was checked; empty if it has none. */
  private Optional<ById> ownId = Optional.empty();

  BatchDeduplicator(
      DedupWindow ids, ProducerDedup producers, long ageMillis, long firstOffset, int messages) {
    this.ids = ids;
    this.producers = producers;
    this.ageMillis = ageMillis;
    this.firstOffset = firstOffset;
    this.fresh = new ArrayList<>(messages);
  }

  /** Adds the epoch of a worker, before its messages are checked. */
  void take(ProducerReport report) {
    epochs.merge(report.producer(), report.epoch(), Math::max);
  }

  /** Returns whether a message is neither stale nor a duplicate, and records which it is. */
  boolean isNew(int index, LogMessage message) {
    if (message.origin().filter(this::isStale).isPresent()) {
      stale.add(index);
      return false;
    }
    ownId = message.hasOwnId() ? Optional.of(ById.of(message)) : Optional.empty();
    Optional<Duplicate> known = findByOrigin(index, message).or(() -> findById(index));
    known.ifPresent(duplicates::add);
    return known.isEmpty();
  }

  /** Adds the message that {@link #isNew} has just accepted, and returns its offset. */
  long add(LogMessage message) {
    long offset = firstOffset + fresh.size();
    message.origin().ifPresent(origin -> here.put(ByOrigin.of(origin), offset));
    ownId.ifPresent(id -> here.put(id, offset));
    fresh.add(message);
    return offset;
  }

  private boolean isStale(Origin origin) {
    return producers.isStale(origin) || origin.epoch() < epochs.getOrDefault(origin.producer(), 0L);
  }

  private Optional<Duplicate> findByOrigin(int index, LogMessage message) {
    if (message.origin().isEmpty()) {
      return Optional.empty();
    }
    Origin origin = message.origin().get();
    OptionalLong known = producers.find(origin);
    if (known.isEmpty()) {
      known = findHere(ByOrigin.of(origin));
    }
    return known.isEmpty()
        ? Optional.empty()
        : Optional.of(new Duplicate(index, known.getAsLong(), message.hasOwnId()));
  }

  private Optional<Duplicate> findById(int index) {
    if (ownId.isEmpty()) {
      return Optional.empty();
    }
    OptionalLong known = ids.find(ownId.get().id, ageMillis);
    if (known.isEmpty()) {
      known = findHere(ownId.get());
    }
    return known.isEmpty()
        ? Optional.empty()
        : Optional.of(new Duplicate(index, known.getAsLong()));
  }

  private OptionalLong findHere(Identity identity) {
    Long offset = here.get(identity);
    return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  List<LogMessage> fresh() {
    return fresh;
  }

  List<Duplicate> duplicates() {
    return duplicates;
  }

  List<Integer> stale() {
    return stale;
  }
}
