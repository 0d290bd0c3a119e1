package org.perille.samples.clicks;

import org.perille.PerilleMessage;

/** A visit of a short link. */
record Click(String link, String country) implements PerilleMessage {}
