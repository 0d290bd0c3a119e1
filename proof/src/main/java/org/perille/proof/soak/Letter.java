package org.perille.proof.soak;

import org.perille.PerilleMessage;

/** A message. Its number determines what its handlers do. */
record Letter(String key, long number) implements PerilleMessage {
  private static final int FAILS_ONCE = 10;
  private static final int IS_GIVEN_UP = 25;

  /** Returns whether the first attempt fails. */
  boolean failsOnce() {
    return number % FAILS_ONCE == 3;
  }

  /**
   * Returns whether every attempt fails, until an operator redrives or discards the dead letter.
   */
  boolean isGivenUp() {
    return number % IS_GIVEN_UP == 7;
  }
}
