package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** A change of an account. */
sealed interface LedgerEvent extends PerilleMessage {

  /** A payment was debited. */
  record Booked(String paymentId, long amountInCents) implements LedgerEvent {}

  /** A payment exceeded the balance. */
  record Refused(String paymentId, long amountInCents) implements LedgerEvent {}
}
