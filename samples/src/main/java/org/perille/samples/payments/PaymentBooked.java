package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** The ledger has taken a payment out of an account. */
record PaymentBooked(String paymentId, String account, long amountInCents, long balanceInCents)
    implements PerilleMessage {}
