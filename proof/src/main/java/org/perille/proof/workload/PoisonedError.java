package org.perille.proof.workload;

/** The failure of every attempt at a message that is poisoned by an error. */
final class PoisonedError extends VirtualMachineError {
  private static final long serialVersionUID = 1L;

  PoisonedError(String value) {
    super(value + " is poisoned");
  }
}
