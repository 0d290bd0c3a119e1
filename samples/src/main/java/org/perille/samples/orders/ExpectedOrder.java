package org.perille.samples.orders;

import java.math.BigDecimal;

/** What a line of the file means to the reconciliation, which reads it in its own way. */
record ExpectedOrder(
    long line, String customer, String country, String month, long units, BigDecimal amount) {
  boolean payable() {
    return amount.signum() != 0 && (amount.signum() > 0) == (units > 0);
  }
}
