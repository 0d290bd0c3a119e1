package org.perille.samples.payments;

import org.perille.PerilleMessage;

/** What the provider answers to a call: the charge that it has made, now or at an earlier call. */
record Charge(String chargeId) implements PerilleMessage {}
