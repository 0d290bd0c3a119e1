package org.perille.persistence.evolution;

import org.perille.PerilleMessage;

/** Euros that an account pays; negative for a refund. */
record Payment(String account, int euros) implements PerilleMessage {}
