package org.perille.testkit.idempotence;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The differences of an effect from the correct one, as text. */
final class Differences {
  private final List<String> words = new ArrayList<>();
  private boolean tooMuch;
  private boolean tooLittle;

  private Differences() {}

  static Differences of(List<String> expected, List<String> found) {
    Differences differences = new Differences();
    Map<String, Integer> wanted = count(expected);
    Map<String, Integer> there = count(found);
    there.forEach(
        (piece, times) -> {
          int right = wanted.getOrDefault(piece, 0);
          if (times > right) {
            differences.tooMuch = true;
            differences.words.add(
                right == 0
                    ? piece + " is there, and should not be"
                    : piece
                        + " is there "
                        + times(times)
                        + (right > 1 ? ", not " + times(right) : ""));
          }
        });
    wanted.forEach(
        (piece, right) -> {
          int times = there.getOrDefault(piece, 0);
          if (times < right) {
            differences.tooLittle = true;
            differences.words.add(
                times == 0
                    ? piece + " is missing"
                    : piece + " is there only " + times(times) + ", not " + times(right));
          }
        });
    if (differences.words.isEmpty() && !expected.equals(found)) {
      differences.words.add("the order is another one: %s, not %s".formatted(found, expected));
    }
    return differences;
  }

  private static Map<String, Integer> count(List<String> pieces) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    pieces.forEach(piece -> counts.merge(piece, 1, Integer::sum));
    return counts;
  }

  private static String times(int times) {
    return switch (times) {
      case 1 -> "once";
      case 2 -> "twice";
      default -> times + " times";
    };
  }

  List<String> words() {
    return words;
  }

  boolean isEmpty() {
    return words.isEmpty();
  }

  /** Returns whether something happened that should not have, or too often. */
  boolean isTooMuch() {
    return tooMuch;
  }

  /** Returns whether something is missing. */
  boolean isTooLittle() {
    return tooLittle;
  }
}
