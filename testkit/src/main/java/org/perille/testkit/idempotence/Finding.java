package org.perille.testkit.idempotence;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A run whose effect is wrong, or whose handler failed.
 *
 * @param where the disturbance of the run, and its place
 * @param differences the differences of the effect
 * @param causes the possible causes
 * @param failure the final failure of the handler, if it failed
 */
public record Finding(
    String where, List<String> differences, List<String> causes, Optional<Throwable> failure) {
  private static final Pattern PIECE =
      Pattern.compile("^.* (is (?:there|missing).*)$", Pattern.DOTALL);

  public Finding {
    differences = List.copyOf(differences);
    causes = List.copyOf(causes);
  }

  /** Returns whether another finding is the same, apart from the place or message. */
  boolean isLike(Finding other) {
    return shapes().equals(other.shapes()) && causes.equals(other.causes);
  }

  /** Returns the kinds of the differences, without the affected items. */
  private Set<String> shapes() {
    return differences.stream()
        .map(difference -> PIECE.matcher(difference).replaceFirst("$1"))
        .collect(Collectors.toSet());
  }
}
