package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** The ledger's state of an account. */
record Account(long balanceInCents, long booked, long refused) implements PerilleMessage {

  Account {
    if (balanceInCents < 0) {
      throw new IllegalArgumentException("a balance of %d cents".formatted(balanceInCents));
    }
  }
}
