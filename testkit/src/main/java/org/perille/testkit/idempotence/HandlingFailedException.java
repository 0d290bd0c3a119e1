package org.perille.testkit.idempotence;

/** A handler fails, again and again. */
final class HandlingFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  HandlingFailedException(long offset, int attempts, Throwable cause) {
    super(
        "the handler fails with message %d, %d times in a row: %s"
            .formatted(offset + 1, attempts, cause),
        cause);
  }
}
