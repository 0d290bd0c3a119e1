package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Collects findings: counts all of them, and explains a limited number. */
final class Findings {
  private final int maxExplained;
  private final List<Finding> explained = new ArrayList<>();
  private final Map<Anomaly, Long> counts = new EnumMap<>(Anomaly.class);

  Findings(int maxExplained) {
    this.maxExplained = maxExplained;
    for (Anomaly anomaly : Anomaly.values()) {
      counts.put(anomaly, 0L);
    }
  }

  void add(Anomaly anomaly, String sentence, Stream<? extends Operation> shownBy) {
    if (counts.merge(anomaly, 1L, Long::sum) <= maxExplained) {
      explained.add(
          new Finding(
              anomaly,
              sentence,
              shownBy
                  .<Operation>map(operation -> operation)
                  .sorted(Comparator.comparingLong(Operation::at))
                  .toList()));
    }
  }

  List<Finding> explained() {
    explained.sort(Comparator.comparing(Finding::anomaly));
    return explained;
  }

  Map<Anomaly, Long> counts() {
    return counts;
  }
}
