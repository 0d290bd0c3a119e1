package org.perille.samples.transfer;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.perille.samples.launch.Journal;

/** The transfers as the auditor has seen them up to now. */
final class Audit {
  /** The sides of a transfer that were seen, by their positions. */
  private static final class Sides {
    private final Set<String> debits = new HashSet<>(1);
    private final Set<String> credits = new HashSet<>(1);
    private long cents;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis;

    private void add(Sighting seen) {
      if ((seen.debit() ? debits : credits).add(seen.place())) {
        cents += seen.cents();
        firstMillis = Math.min(firstMillis, seen.atMillis());
        lastMillis = Math.max(lastMillis, seen.atMillis());
      }
    }

    private boolean isHalf() {
      return debits.isEmpty() != credits.isEmpty();
    }

    private boolean isDoubled() {
      return debits.size() > 1 || credits.size() > 1;
    }
  }

  private final Map<Integer, Sides> transfers = new HashMap<>();

  /** Reads the notes of all nodes. A node may be writing. */
  static Audit read(Path directory) {
    Audit audit = new Audit();
    Journal.readAll(directory, Sighting.KIND, line -> audit.add(Sighting.parse(line)));
    return audit;
  }

  void add(Sighting seen) {
    transfers.computeIfAbsent(seen.transfer(), number -> new Sides()).add(seen);
  }

  /** Returns the number of transfers of which anything was seen. */
  int seen() {
    return transfers.size();
  }

  /** Returns the number of transfers of which only one side was seen. */
  long halves() {
    return transfers.values().stream().filter(Sides::isHalf).count();
  }

  /** Returns the number of transfers with a side that is stored twice. */
  long doubled() {
    return transfers.values().stream().filter(Sides::isDoubled).count();
  }

  /** Returns the money that all bookings together have added; 0 if every transfer is whole. */
  long cents() {
    return transfers.values().stream().mapToLong(sides -> sides.cents).sum();
  }

  /** Returns the longest time between the two sides of a transfer. */
  long longestHalfMillis() {
    return transfers.values().stream()
        .filter(sides -> !sides.isHalf())
        .mapToLong(sides -> sides.lastMillis - sides.firstMillis)
        .max()
        .orElse(0);
  }

  /** Returns the time for which the oldest half has been one. */
  long oldestHalfMillis(long nowMillis) {
    return transfers.values().stream()
        .filter(Sides::isHalf)
        .mapToLong(sides -> nowMillis - sides.firstMillis)
        .max()
        .orElse(0);
  }
}
