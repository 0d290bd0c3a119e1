package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** A payment that the ledger has debited from an account. */
record PaymentBooked(String paymentId, String account, long amountInCents, long balanceInCents)
    implements PerilleMessage {}
