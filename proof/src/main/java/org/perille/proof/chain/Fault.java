package org.perille.proof.chain;

import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Phase;

/** The outcome of a write of the model. */
public enum Fault {
  /** The write succeeds. */
  NONE,
  /** The write fails, and nothing is stored. */
  BEFORE,
  /** The write is stored, but the writer doesn't learn of it. */
  AFTER;

  public boolean stores() {
    return this != BEFORE;
  }

  /** Records the fault, if it is one and has an effect. */
  public void note(RunRecorder recorder, FaultKind write, boolean stored) {
    if (this == BEFORE) {
      recorder.fault(write, Phase.BEFORE_WRITE);
    } else if (this == AFTER && stored) {
      recorder.fault(write, Phase.AFTER_WRITE);
    }
  }
}
