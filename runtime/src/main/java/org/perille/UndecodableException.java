package org.perille;

/** The failure of a payload that the serializers of the subscriber's node can't decode. */
public final class UndecodableException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public UndecodableException(String message, Throwable cause) {
    super(message, cause);
  }
}
