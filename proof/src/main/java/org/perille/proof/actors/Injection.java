package org.perille.proof.actors;

import org.apache.pekko.actor.setup.Setup;

/**
 * What a node's mailboxes need to know. It comes with the actor system's setup, as there is no
 * other way from who starts a system to its mailboxes.
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
