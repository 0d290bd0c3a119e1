package org.perille;

/**
 * The failure of an operation of Perille. The message names the thing, the value and the remedy.
 */
public abstract sealed class PerilleException extends RuntimeException
    permits ConfigurationException,
        DeadLetterException,
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
}
