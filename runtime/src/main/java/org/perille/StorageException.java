package org.perille;

/**
 * The failure of a database that is unreachable, read-only, without its tables, or of another
 * version.
 */
public final class StorageException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public StorageException(String message) {
    super(message);
  }

  public StorageException(String message, Throwable cause) {
    super(message, cause);
  }
}
