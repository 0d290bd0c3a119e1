package org.perille.proof.workload;

/** What every attempt at a poisoned message fails of. */
final class PoisonedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PoisonedException(String value) {
    super(value + " is poisoned");
  }
}
