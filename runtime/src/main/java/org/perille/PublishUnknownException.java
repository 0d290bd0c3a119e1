package org.perille;

/**
 * Nobody can say whether the message is stored: it was sent, and no receipt came in time. Publish
 * it again with the same message id; it is stored once.
 */
public final class PublishUnknownException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public PublishUnknownException(String message) {
    super(message);
  }
}
