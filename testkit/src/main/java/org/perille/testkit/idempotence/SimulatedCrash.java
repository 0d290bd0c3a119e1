package org.perille.testkit.idempotence;

/**
 * The end of a run, as of a killed process. An error, so that handlers don't treat it as a failure.
 */
final class SimulatedCrash extends Error {
  private static final long serialVersionUID = 1L;

  SimulatedCrash() {
    super("the process has crashed here, by a fault of the idempotence check", null, false, false);
  }
}
