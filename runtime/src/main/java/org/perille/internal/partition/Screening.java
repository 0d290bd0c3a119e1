package org.perille.internal.partition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.perille.internal.log.Duplicate;
import org.perille.internal.log.LaneReport;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.Origin;

/**
 * Separates the new messages of a batch from duplicates and stale ones. Used for one batch.
 *
 * <p>A duplicate is stored already, or occurs earlier in the batch. A stale message is of a
 * replaced worker.
 */
final class Screening {
  /** The identity of a message, by which duplicates within the batch are found. */
  private sealed interface Identity {}

  private record ById(DedupWindow.Id id) implements Identity {}

  private record ByOrigin(String lane, long offset, int index) implements Identity {}

  private final DedupWindow ids;
  private final Lanes lanes;
  private final long ageMillis;
  private final long firstOffset;
  private final Map<Identity, Long> here = new HashMap<>();
  private final Map<String, Long> incarnations = new HashMap<>();

  private final List<LogMessage> fresh;
  private final List<Duplicate> duplicates = new ArrayList<>(0);
  private final List<Integer> stale = new ArrayList<>(0);

  Screening(DedupWindow ids, Lanes lanes, long ageMillis, long firstOffset, int messages) {
    this.ids = ids;
    this.lanes = lanes;
    this.ageMillis = ageMillis;
    this.firstOffset = firstOffset;
    this.fresh = new ArrayList<>(messages);
  }

  /** Adds the epoch of a worker, before its messages are checked. */
  void take(LaneReport report) {
    incarnations.merge(report.lane(), report.incarnation(), Math::max);
  }

  void screen(int index, LogMessage message) {
    if (message.origin().filter(this::isStale).isPresent()) {
      stale.add(index);
      return;
    }
    OptionalLong known = find(message);
    if (known.isPresent()) {
      duplicates.add(new Duplicate(index, known.getAsLong()));
    } else {
      fresh.add(message);
    }
  }

  private boolean isStale(Origin origin) {
    return lanes.isStale(origin)
        || origin.incarnation() < incarnations.getOrDefault(origin.lane(), 0L);
  }

  private OptionalLong find(LogMessage message) {
    if (message.origin().isPresent()) {
      Origin origin = message.origin().get();
      OptionalLong known = lanes.find(origin);
      return known.isPresent()
          ? known
          : findHere(new ByOrigin(origin.lane(), origin.offset(), origin.index()));
    }
    if (message.id().isEmpty()) {
      return OptionalLong.empty();
    }
    DedupWindow.Id id = DedupWindow.Id.of(message.key(), message.id());
    OptionalLong known = ids.find(id, ageMillis);
    return known.isPresent() ? known : findHere(new ById(id));
  }

  private OptionalLong findHere(Identity identity) {
    Long offset = here.putIfAbsent(identity, firstOffset + fresh.size());
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
