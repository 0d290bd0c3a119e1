package org.perille;

/** The message certainly isn't stored and never will be by this call. */
public final class PublishRefusedException extends PerilleException {
  private static final long serialVersionUID = 1L;

  /** Why the message was refused. */
  public enum Reason {
    /** Larger than {@code perille.publisher.max-message-bytes}. */
    TOO_LARGE,
    /** No serializer takes it, its serializer failed, or it isn't the same when it is read back. */
    UNSERIALIZABLE,
    /** Its key is null, empty, too long, or contains NUL or half of a surrogate pair. */
    INVALID_KEY,
    /** Its id is empty, too long, or contains NUL or half of a surrogate pair. */
    INVALID_ID,
    /** The name or value of a header contains NUL or half of a surrogate pair. */
    INVALID_HEADER,
    /** Its "not before" is further away than {@code perille.publisher.max-delay}. */
    DELAY_TOO_LONG,
    /** The topic isn't registered on this node. */
    UNKNOWN_TOPIC,
    /** The publisher's buffer is full: wait, or use {@link Publisher#flow()}. */
    BUFFER_FULL,
    /** It had not been sent at the end of the publish time-out, or when its publisher failed. */
    NOT_SENT,
    /** The runtime is stopping, and the message had not been sent. */
    STOPPED
  }

  private final Reason reason;

  public PublishRefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public PublishRefusedException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why the message was refused. */
  public Reason reason() {
    return reason;
  }
}
