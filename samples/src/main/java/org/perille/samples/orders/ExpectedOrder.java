package org.perille.samples.orders;

import java.math.BigDecimal;

/** A line of the file as the reconciliation reads it, with a parser of its own. */
record ExpectedOrder(
    long line, String customer, String country, String month, long units, BigDecimal amount) {
  boolean payable() {
    return amount.signum() != 0 && (amount.signum() > 0) == (units > 0);
  }
}
