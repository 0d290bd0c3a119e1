package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** The ledger's answer to the client that requested a payment, with the balance after it. */
record Decision(String paymentId, boolean accepted, long balanceInCents)
    implements PerilleMessage {}
