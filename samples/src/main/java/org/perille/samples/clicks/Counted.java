package org.perille.samples.clicks;

import org.perille.PerilleMessage;

/** The event for one click: the link has one more click from this country. */
record Counted(String country) implements PerilleMessage {}
