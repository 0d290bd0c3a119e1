package org.perille;

/** What Perille says when something can't be done: which thing, which value, what to do. */
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
