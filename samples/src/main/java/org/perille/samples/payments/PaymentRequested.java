package org.perille.samples.payments;

import org.perille.PerilleMessage;

/**
 * A request to pay from an account.
 *
 * @param paymentId the client's id: requested any number of times, it is one payment
 */
record PaymentRequested(String paymentId, String account, long amountInCents)
    implements PerilleMessage {}
