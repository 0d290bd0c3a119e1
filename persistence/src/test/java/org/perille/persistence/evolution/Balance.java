package org.perille.persistence.evolution;

import org.perille.PerilleMessage;

/** Version 2 of the state, which was named Account. */
record Balance(long cents, int payments) implements PerilleMessage {}
