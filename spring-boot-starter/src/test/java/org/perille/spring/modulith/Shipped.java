package org.perille.spring.modulith;

import org.perille.PerilleMessage;
import org.springframework.modulith.events.Externalized;

/** An event without a target: it has the name that Modulith gives it. */
@Externalized
record Shipped(String id) implements PerilleMessage {}
