package org.perille;

/**
 * A failure that Perille reports. The message names the thing, the value and the remedy.
 *
 * <p>All exceptions of Perille extend it, except a {@link Nack}, which a handler throws. An
 * argument that is out of range is an {@link IllegalArgumentException}. A stage that wasn't
 * answered in time fails with a {@link java.util.concurrent.TimeoutException}.
 */
public abstract sealed class PerilleException extends RuntimeException
    permits ConfigurationException,
        DeadLetterException,
        DeadlineMissedException,
        EffectTooLargeException,
        UndecodableException,
        StorageException,
        PublishRefusedException,
        PublishUnknownException {
  private static final long serialVersionUID = 1L;

  PerilleException(String message) {
    super(message);
  }

  PerilleException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Creates an exception.
   *
   * @param stackTrace false if the stack says nothing
   */
  PerilleException(String message, boolean stackTrace) {
    super(message, null, stackTrace, stackTrace);
  }
}
