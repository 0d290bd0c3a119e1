package org.perille.samples.clicks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Compares each counter with the published clicks, link by link. */
final class Verdict {
  private static final int EXAMPLES = 3;

  /**
   * The published clicks and the counts of each counter, by link. A link without clicks is absent.
   */
  record Counts(
      Map<String, Clicks> published,
      Map<String, Clicks> exact,
      Map<String, Long> workFirst,
      Map<String, Long> cursorFirst) {}

  /**
   * The row of one counter. Surplus clicks of one link don't compensate for missing ones of
   * another.
   */
  private record Row(String name, long published, long counted, int links, int linksOff) {
    static Row of(String name, Map<String, Long> published, Map<String, Long> counted) {
      long off =
          published.entrySet().stream()
              .filter(link -> !counted.getOrDefault(link.getKey(), 0L).equals(link.getValue()))
              .count();
      return new Row(name, sum(published), sum(counted), published.size(), (int) off);
    }

    private static long sum(Map<String, Long> clicks) {
      return clicks.values().stream().mapToLong(Long::longValue).sum();
    }

    long off() {
      return counted - published;
    }

    String verdict() {
      if (off() != 0) {
        return off() > 0 ? "too many" : "too few";
      }
      return linksOff == 0 ? "exact" : "wrong";
    }

    @Override
    public String toString() {
      return "%-18s %,12d %,12d %9s %12s   %s%n"
          .formatted(
              name,
              published,
              counted,
              off() == 0 ? "0" : "%+,d".formatted(off()),
              "%,d of %,d".formatted(linksOff, links),
              verdict());
    }
  }

  private final List<Row> rows;
  private final List<String> inexact = new ArrayList<>();
  private final List<String> broken = new ArrayList<>();

  Verdict(Counts counts) {
    Map<String, Long> published = totals(counts.published);
    rows =
        List.of(
            Row.of(Counters.EXACT, published, totals(counts.exact)),
            Row.of(Counters.WORK_FIRST, published, counts.workFirst),
            Row.of(Counters.CURSOR_FIRST, published, counts.cursorFirst));
    counts.published.forEach((link, clicks) -> compare(link, clicks, counts));
    counts.exact.keySet().stream()
        .filter(link -> !counts.published.containsKey(link))
        .forEach(link -> inexact.add("'" + link + "' was never published"));
  }

  private static Map<String, Long> totals(Map<String, Clicks> clicks) {
    return clicks.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, link -> link.getValue().total()));
  }

  private void compare(String link, Clicks published, Counts counts) {
    Clicks exact = counts.exact.getOrDefault(link, Clicks.NONE);
    if (!exact.equals(published)) {
      inexact.add("'%s' has %s; published: %s".formatted(link, exact.text(), published.text()));
    }
    // The promises of at-least-once and at-most-once, whatever crashes.
    if (counts.workFirst.getOrDefault(link, 0L) < published.total()) {
      broken.add("'%s' has lost clicks of '%s'".formatted(Counters.WORK_FIRST, link));
    }
    if (counts.cursorFirst.getOrDefault(link, 0L) > published.total()) {
      broken.add("'%s' has counted clicks of '%s' twice".formatted(Counters.CURSOR_FIRST, link));
    }
  }

  /**
   * Returns whether the event-sourced counter is exact, and the naive ones err only as expected.
   *
   * <p>The counter that works first may only count too much, the other one too little.
   */
  boolean holds() {
    return inexact.isEmpty() && broken.isEmpty();
  }

  /** Returns the verdict as human-readable text. */
  String text() {
    StringBuilder text =
        new StringBuilder(
            "%-18s %12s %12s %9s %12s%n"
                .formatted("counter", "published", "counted", "off by", "links off"));
    rows.forEach(text::append);
    text.append(System.lineSeparator());
    append(
        text,
        inexact.isEmpty()
            ? "'%s' is exact for each of %,d links.".formatted(Counters.EXACT, rows.get(0).links)
            : "'%s' is NOT exact: %,d links are wrong.".formatted(Counters.EXACT, inexact.size()));
    append(text, naive(rows.get(1), "has counted %,d clicks twice"));
    append(text, naive(rows.get(2), "has lost %,d clicks"));
    inexact.stream().limit(EXAMPLES).forEach(line -> append(text, "  " + line));
    broken.stream().limit(EXAMPLES).forEach(line -> append(text, "BROKEN: " + line));
    return text.toString();
  }

  private static String naive(Row row, String how) {
    return "'%s' %s."
        .formatted(row.name, row.off() == 0 ? "was lucky" : how.formatted(Math.abs(row.off())));
  }

  private static void append(StringBuilder text, String line) {
    text.append(line).append(System.lineSeparator());
  }
}
