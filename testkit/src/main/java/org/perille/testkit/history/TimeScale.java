package org.perille.testkit.history;

import java.util.Locale;

/** The unit of a history's time, for reports. */
enum TimeScale {
  NANOSECONDS {
    @Override
    String words(long units) {
      return units < 1_000_000
          ? String.format(Locale.ROOT, "%d µs", units / 1_000)
          : units < 1_000_000_000
              ? String.format(Locale.ROOT, "%d ms", units / 1_000_000)
              : String.format(Locale.ROOT, "%.1f s", units / 1e9);
    }

    @Override
    String rate(long count, long units) {
      return units <= 0 ? "-" : String.format(Locale.ROOT, "%,.0f a second", count / (units / 1e9));
    }
  },
  STEPS {
    @Override
    String words(long units) {
      return String.format(Locale.ROOT, "%,d steps", units);
    }

    @Override
    String rate(long count, long units) {
      return units <= 0
          ? "-"
          : String.format(Locale.ROOT, "%,.1f in 1,000 steps", count * 1_000.0 / units);
    }
  };

  /** Returns a duration as text. */
  abstract String words(long units);

  /** Returns a rate as text. */
  abstract String rate(long count, long units);
}
