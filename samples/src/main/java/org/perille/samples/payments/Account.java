package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** What the ledger knows of an account. */
record Account(long balanceInCents, long booked, long refused) implements PerilleMessage {

  Account {
    if (balanceInCents < 0) {
      throw new IllegalArgumentException("a balance of %d cents".formatted(balanceInCents));
    }
  }
}
