package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** The provider's answer to a call: the charge that this call or an earlier one has made. */
record Charge(String chargeId) implements PerilleMessage {}
