package org.perille.sharding.internal.admin;

/** The reasons that operators state: stored, reported and logged, so neither blank nor long. */
final class Reasons {
  private static final int MAX_LENGTH = 1000;

  private Reasons() {}

  /**
   * Validates a reason.
   *
   * @param purpose the operation that the reason is for
   */
  static void require(String purpose, String reason) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException(
          "a reason is needed %s: it is stored and reported".formatted(purpose));
    }
    if (reason.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "the reason %s has %d characters: use 1 to %d"
              .formatted(purpose, reason.length(), MAX_LENGTH));
    }
  }
}
