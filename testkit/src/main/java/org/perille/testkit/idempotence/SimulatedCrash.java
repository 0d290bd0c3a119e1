package org.perille.testkit.idempotence;

/**
 * Ends a life as a killed process would: an error, so that handlers don't take it for a failure.
 */
final class SimulatedCrash extends Error {
  private static final long serialVersionUID = 1L;

  SimulatedCrash() {
    super("the process has crashed here, as the idempotence check wants", null, false, false);
  }
}
