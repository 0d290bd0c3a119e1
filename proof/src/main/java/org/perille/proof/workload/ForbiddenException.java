package org.perille.proof.workload;

/** What every attempt at a forbidden message fails with: no retry policy tries it again. */
final class ForbiddenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ForbiddenException(String value) {
    super(value + " is forbidden");
  }
}
