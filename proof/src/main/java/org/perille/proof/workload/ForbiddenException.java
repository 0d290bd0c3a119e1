package org.perille.proof.workload;

/** The failure of every attempt at a forbidden message. No retry policy retries it. */
final class ForbiddenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ForbiddenException(String value) {
    super(value + " is forbidden");
  }
}
