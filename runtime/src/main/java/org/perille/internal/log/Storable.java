package org.perille.internal.log;

import java.util.Optional;

/**
 * Texts that every storage returns as they were stored. PostgreSQL refuses U+0000, and half of a
 * surrogate pair has no UTF-8, so that it would come back as another character.
 */
public final class Storable {
  /** Stands for a character that can't be stored. */
  private static final char REPLACEMENT = '\uFFFD';

  private Storable() {}

  /** Describes the first character that can't be stored, and where it is; empty if all can be. */
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

  /** Replaces what can't be stored by U+FFFD: for texts that are written for people. */
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
