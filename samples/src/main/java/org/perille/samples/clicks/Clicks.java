package org.perille.samples.clicks;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.perille.PerilleMessage;

/** The state of a link: the number of its clicks, in total and by country. Immutable. */
record Clicks(long total, SortedMap<String, Long> byCountry) implements PerilleMessage {
  static final Clicks NONE = new Clicks(0, new TreeMap<>());

  Clicks {
    byCountry = Collections.unmodifiableSortedMap(new TreeMap<>(byCountry));
  }

  Clicks plus(Counted event) {
    SortedMap<String, Long> more = new TreeMap<>(byCountry);
    more.merge(event.country(), 1L, Long::sum);
    return new Clicks(total + 1, more);
  }

  /** Returns the state as human-readable text. */
  String text() {
    return byCountry.entrySet().stream()
        .map(entry -> "%s %,d".formatted(entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", ", "%,d clicks: ".formatted(total), ""));
  }
}
