package org.perille.persistence.evolution;

import org.perille.PerilleMessage;

/** Euros that an account pays, or gets back if they are negative. */
record Payment(String account, int euros) implements PerilleMessage {}
