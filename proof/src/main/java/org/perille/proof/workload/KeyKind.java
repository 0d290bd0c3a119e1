package org.perille.proof.workload;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perille.internal.publish.Partitioner;

/** A kind of keys that a storage, a query or a name could confuse or damage. */
public enum KeyKind {
  /** As many in each partition. Otherwise one takes much longer than the others. */
  PLAIN(evenly(36, 6)),
  QUOTES(List.of("it's \"quoted\"", "'; DROP TABLE perille_journal; --")),
  BACKSLASHES(List.of("back\\slash\\n\\")),
  /** Patterns, and keys that they match. */
  WILDCARDS(List.of("100%_a", "100xxa", "%")),
  LINES(List.of("line\nline\r\ttab", "\u0001\u001f\u007f\u0085\u2028")),
  SPACES(List.of("space", " space", "space ")),
  CASES(List.of("Case", "case", "stra\u00dfe", "STRASSE")),
  /** They differ in their last characters only, and some have three bytes for a character. */
  LONGEST(List.of("k".repeat(999) + "1", "k".repeat(999) + "2", "\u20ac".repeat(1_000))),
  /** A character, often an unassigned one, of each Unicode plane; and noncharacters. */
  PLANES(
      List.of(
          IntStream.rangeClosed(0, 16)
              .mapToObj(plane -> Character.toString((plane << 16) + 0xfdf0))
              .collect(Collectors.joining()),
          "\ufeff\ufffe\uffff\ufffd\udbff\udfff")),
  RIGHT_TO_LEFT(List.of("\u202e\u05d0\u05d1 \u0645\u0631\u202cb")),
  /** The same letter composed and decomposed, and several marks on one. */
  COMBINING(List.of("\u00e9", "e\u0301\u0351")),
  EMOJI(List.of("\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 \ud83c\uddea\ud83c\uddfa")),
  /** Strings with one hash code. */
  SAME_HASH(List.of("AaBB", "BBAa")),
  /** Characters that names are made of, and words that mean something elsewhere. */
  SEPARATORS(List.of("a~b", "a/../b|c:d#e@f", "null"));

  private static final List<String> ALL =
      Arrays.stream(values()).flatMap(kind -> kind.keys.stream()).toList();

  private static final Map<String, KeyKind> KINDS = new HashMap<>();

  static {
    Arrays.stream(values()).forEach(kind -> kind.keys.forEach(key -> KINDS.put(key, kind)));
  }

  @SuppressWarnings("ImmutableEnumChecker") // List.copyOf is immutable.
  private final List<String> keys;

  KeyKind(List<String> keys) {
    this.keys = List.copyOf(keys);
  }

  List<String> keys() {
    return keys;
  }

  private static List<String> evenly(int count, int partitions) {
    int[] left = new int[partitions];
    Arrays.fill(left, count / partitions);
    return Stream.iterate(0, number -> number + 1)
        .map(number -> "key-" + number)
        .filter(key -> left[Partitioner.partitionOf(key, partitions)]-- > 0)
        .limit(count)
        .toList();
  }

  /** Returns the keys of all kinds. */
  static List<String> all() {
    return ALL;
  }

  /** Returns the keys that aren't plain. */
  static List<String> odd() {
    return ALL.subList(PLAIN.keys.size(), ALL.size());
  }

  /** Returns one key of each kind that isn't plain. */
  static List<String> samples() {
    return Stream.of(values()).filter(kind -> kind != PLAIN).map(kind -> kind.keys.get(0)).toList();
  }

  /** Returns the kind of a key. Keys that no message may have are plain. */
  static KeyKind of(String key) {
    return KINDS.getOrDefault(key, PLAIN);
  }
}
