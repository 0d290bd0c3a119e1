package org.perille.proof.actors;

import org.apache.pekko.actor.setup.Setup;

/**
 * The faults of a node, for its mailboxes. It is part of the actor system's setup, the only way to
 * pass objects to mailboxes.
 */
final class Injection extends Setup {
  private final Faults faults;
  private final String node;
  private final long seed;

  Injection(Faults faults, String node, long seed) {
    this.faults = faults;
    this.node = node;
    this.seed = seed;
  }

  Faults faults() {
    return faults;
  }

  String node() {
    return node;
  }

  long seed() {
    return seed;
  }
}
