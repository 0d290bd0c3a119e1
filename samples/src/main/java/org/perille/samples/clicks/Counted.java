package org.perille.samples.clicks;

import org.perille.PerilleMessage;

/** The event that a click becomes: its link has one more, from there. */
record Counted(String country) implements PerilleMessage {}
