package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** The ledger's answer to whoever asked for a payment, with the balance after it. */
record Decision(String paymentId, boolean accepted, long balanceInCents)
    implements PerilleMessage {}
