package org.perille.internal.effect;

import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
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
  void note(RunRecorder recorder, FaultKind write, boolean stored) {
    if (this == BEFORE) {
      recorder.fault(write, Phase.BEFORE_WRITE);
    } else if (this == AFTER && stored) {
      recorder.fault(write, Phase.AFTER_WRITE);
    }
  }
}
