package org.perille.testkit.idempotence;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A run whose effect isn't the right one, or whose handler failed.
 *
 * @param where what happened to the run, and where
 * @param differences how its effect differs
 * @param causes why that may be
 * @param failure what the handler failed with in the end, if it did
 */
public record Finding(
    String where, List<String> differences, List<String> causes, Optional<Throwable> failure) {
  private static final Pattern PIECE =
      Pattern.compile("^.* (is (?:there|missing).*)$", Pattern.DOTALL);

  public Finding {
    differences = List.copyOf(differences);
    causes = List.copyOf(causes);
  }

  /** Whether it says the same as another one, of another place or message. */
  boolean isLike(Finding other) {
    return shapes().equals(other.shapes()) && causes.equals(other.causes);
  }

  /** What is wrong, without what it is wrong with. */
  private Set<String> shapes() {
    return differences.stream()
        .map(difference -> PIECE.matcher(difference).replaceFirst("$1"))
        .collect(Collectors.toSet());
  }
}
