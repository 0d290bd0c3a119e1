package org.perille;

/**
 * The publisher's stable id of a message: an idempotency key within its topic and key.
 *
 * @param value 1 to 200 characters
 */
public record MessageId(String value) {
  /** The maximum length in characters. Each id in the dedup window occupies memory. */
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

  /**
   * Returns an id with this value.
   *
   * @throws PublishRefusedException with reason INVALID_ID if it is null, empty or too long
   */
  public static MessageId of(String value) {
    return new MessageId(value);
  }
}
