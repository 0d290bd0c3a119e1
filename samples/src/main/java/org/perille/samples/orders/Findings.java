package org.perille.samples.orders;

import java.util.ArrayList;
import java.util.List;

/** The result of a reconciliation: its checks, and some examples of differences. */
final class Findings {
  private static final int EXAMPLES = 10;

  private record Check(String what, long expected, long found, String note, boolean ok) {}

  private final List<Check> checks = new ArrayList<>();
  private final List<String> examples = new ArrayList<>();

  void equal(String what, long expected, long found) {
    judge(what, expected, found, "", expected == found);
  }

  void judge(String what, long expected, long found, String note, boolean ok) {
    checks.add(new Check(what, expected, found, note, ok));
  }

  void example(String text) {
    if (examples.size() < EXAMPLES) {
      examples.add(text);
    }
  }

  boolean hold() {
    return checks.stream().allMatch(Check::ok);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    for (Check check : checks) {
      text.append(
          "%-52s expected %,7d   found %,7d   %s%s%n"
              .formatted(
                  check.what,
                  check.expected,
                  check.found,
                  check.ok ? "ok" : "WRONG",
                  check.note.isEmpty() ? "" : "   (" + check.note + ")"));
    }
    examples.forEach(example -> text.append("  ").append(example).append('\n'));
    text.append(hold() ? "Everything adds up.\n" : "It does NOT add up.\n");
    return text.toString();
  }
}
