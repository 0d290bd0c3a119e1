package org.perille.samples.transfer;

import org.perille.PerilleMessage;

/** A change of a balance. */
record Booked(int transfer, long cents) implements PerilleMessage {}
