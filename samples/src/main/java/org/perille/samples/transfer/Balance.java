package org.perille.samples.transfer;

import org.perille.PerilleMessage;

/**
 * The state of an account, in cents.
 *
 * @param lowest the lowest balance so far
 */
record Balance(long cents, long lowest, int bookings) implements PerilleMessage {
  static final long OPENING_CENTS = 100_000;
  static final Balance OPENING = new Balance(OPENING_CENTS, OPENING_CENTS, 0);

  Balance after(long change) {
    long next = cents + change;
    return new Balance(next, Math.min(lowest, next), bookings + 1);
  }
}
