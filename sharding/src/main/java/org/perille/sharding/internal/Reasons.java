package org.perille.sharding.internal;

/**
 * What operators say of why they do something: stored, reported and logged, so neither empty nor
 * long.
 */
final class Reasons {
  private static final int MAX_LENGTH = 1000;

  private Reasons() {}

  /**
   * Checks a reason.
   *
   * @param purpose what it is given for
   */
  static void require(String purpose, String reason) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException(
          "a reason is needed %s: say why, for those who find it later".formatted(purpose));
    }
    if (reason.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "the reason %s has %d characters: use 1 to %d"
              .formatted(purpose, reason.length(), MAX_LENGTH));
    }
  }
}
