package org.perille;

/**
 * The publisher's stable name for a message: an idempotency key within its topic and key.
 *
 * @param value 1 to 200 characters
 */
public record MessageId(String value) {
  /** The longest id, in characters: every id in the dedup window is kept in memory. */
  public static final int MAX_LENGTH = 200;

  public MessageId {
    if (value == null || value.isEmpty() || value.length() > MAX_LENGTH) {
      throw new PublishRefusedException(
          PublishRefusedException.Reason.INVALID_ID,
          "message id %s is not valid: use 1 to %d characters"
              .formatted(
                  value == null ? "null" : "of " + value.length() + " characters", MAX_LENGTH));
    }
  }

  /** An id with this value. */
  public static MessageId of(String value) {
    return new MessageId(value);
  }
}
