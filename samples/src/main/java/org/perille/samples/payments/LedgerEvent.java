package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** What has happened to an account. */
sealed interface LedgerEvent extends PerilleMessage {

  /** A payment was taken out of it. */
  record Booked(String paymentId, long amountInCents) implements LedgerEvent {}

  /** A payment was more than it held. */
  record Refused(String paymentId, long amountInCents) implements LedgerEvent {}
}
