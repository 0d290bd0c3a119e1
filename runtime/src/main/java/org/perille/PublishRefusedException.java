package org.perille;

/**
 * The failure of a publish whose message certainly isn't stored, and never will be by this call.
 */
public sealed class PublishRefusedException extends PerilleException
    permits ConditionFailedException {
  private static final long serialVersionUID = 1L;

  /** The reason for refusing a message. */
  public enum Reason {
    /** The message is larger than {@code perille.publisher.max-message-bytes}. */
    TOO_LARGE,
    /**
     * No serializer accepts the message, its serializer failed, or it changes when it is read back.
     */
    UNSERIALIZABLE,
    /** The key is null, empty, too long, or contains NUL or half of a surrogate pair. */
    INVALID_KEY,
    /** The id is empty, too long, or contains NUL or half of a surrogate pair. */
    INVALID_ID,
    /** The name or value of a header contains NUL or half of a surrogate pair. */
    INVALID_HEADER,
    /** The "not before" is later than {@code perille.publisher.max-delay} allows. */
    DELAY_TOO_LONG,
    /** The topic isn't registered on this node. */
    UNKNOWN_TOPIC,
    /** The publisher's buffer is full: wait, or use {@link Publisher#flow()}. */
    BUFFER_FULL,
    /**
     * The message wasn't sent before the publish time-out, or before its publisher failed. Or its
     * condition wasn't decided, because the log could not be read.
     */
    NOT_SENT,
    /** The message has a condition that was not met; see {@link ConditionFailedException}. */
    CONDITION_FAILED,
    /**
     * The node isn't started yet, or its cluster has gone on without it and it starts again. It may
     * accept the message later.
     */
    NOT_RUNNING,
    /** Perille has stopped, or is stopping, and the message wasn't sent. */
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

  /** Returns the reason for refusing the message. */
  public final Reason reason() {
    return reason;
  }
}
