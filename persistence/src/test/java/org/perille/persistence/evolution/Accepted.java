package org.perille.persistence.evolution;

import org.perille.PerilleMessage;

/** The reply to a payment: the number of payments so far. */
record Accepted(int payments) implements PerilleMessage {}
