package org.perille.proof.workload;

/** The failure of every attempt at a poisoned message. */
final class PoisonedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PoisonedException(String value) {
    super(value + " is poisoned");
  }
}
