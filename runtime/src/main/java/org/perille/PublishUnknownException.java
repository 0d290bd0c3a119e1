package org.perille;

/**
 * The failure of a publish with an unknown outcome: it was sent, and no receipt arrived in time.
 *
 * <p>Publish the message again with the same message id; it is stored once.
 */
public final class PublishUnknownException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public PublishUnknownException(String message) {
    super(message);
  }
}
