package org.perille.samples.clicks;

import org.perille.PerilleMessage;

/** Somebody has followed a short link. */
record Click(String link, String country) implements PerilleMessage {}
