package org.perille.internal.log;

import java.util.Optional;

/**
 * The validation of texts that every storage must return unchanged.
 *
 * <p>PostgreSQL rejects U+0000. Half of a surrogate pair has no UTF-8, and would be read as another
 * character.
 */
public final class Storable {
  /** The replacement of a character that can't be stored. */
  private static final char REPLACEMENT = '\uFFFD';

  private Storable() {}

  /**
   * Describes the first character that can't be stored, and its position; empty if there is none.
   */
  public static Optional<String> problemOf(String text) {
    int at = firstProblem(text, 0);
    if (at < 0) {
      return Optional.empty();
    }
    char found = text.charAt(at);
    return Optional.of(
        "%s (U+%04X) at index %d"
            .formatted(
                found == 0 ? "the character NUL" : "half of a surrogate pair", (int) found, at));
  }

  /** Replaces the characters that can't be stored by U+FFFD, in human-readable texts. */
  public static String cleaned(String text) {
    int at = firstProblem(text, 0);
    if (at < 0) {
      return text;
    }
    StringBuilder cleaned = new StringBuilder(text);
    while (at >= 0) {
      cleaned.setCharAt(at, REPLACEMENT);
      at = firstProblem(cleaned, at + 1);
    }
    return cleaned.toString();
  }

  private static int firstProblem(CharSequence text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (c == 0 || Character.isSurrogate(c)) {
        return i;
      }
    }
    return -1;
  }
}
