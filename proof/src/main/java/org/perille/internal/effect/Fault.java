package org.perille.internal.effect;

import org.perille.proof.simulation.Chronicle;
import org.perille.proof.simulation.FaultKind;
import org.perille.testkit.history.Phase;

/** How a write of the model ends. */
enum Fault {
  /** It succeeds. */
  NONE,
  /** It fails, and nothing is stored. */
  BEFORE,
  /** It is stored, and nobody gets to know. */
  AFTER;

  boolean stores() {
    return this != BEFORE;
  }

  /** Notes it, if it is one. */
  void note(Chronicle chronicle, FaultKind write, boolean stored) {
    if (this == BEFORE) {
      chronicle.fault(write, Phase.BEFORE_WRITE);
    } else if (this == AFTER && stored) {
      chronicle.fault(write, Phase.AFTER_WRITE);
    }
  }
}
