package org.perille.persistence.evolution;

import org.perille.PerilleMessage;

/** The answer to a payment: how many there are now. */
record Accepted(int payments) implements PerilleMessage {}
