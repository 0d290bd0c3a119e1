package org.perille.testkit.idempotence;

/** The messages of a run can't be handled. The cause is the handler's failure, if it failed. */
final class HandlingFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  HandlingFailedException(long offset, int attempts, Throwable cause) {
    this(
        "the handler fails with message %d, %d times in a row: %s"
            .formatted(offset + 1, attempts, cause),
        cause);
  }

  HandlingFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
