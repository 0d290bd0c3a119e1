package org.perille.samples.payments;

import org.perille.PerilleMessage;

/**
 * Somebody wants to pay out of an account.
 *
 * @param paymentId the client's name for it: however often it is asked for, it is one payment
 */
record PaymentRequested(String paymentId, String account, long amountInCents)
    implements PerilleMessage {}
