package org.perille;

import java.util.OptionalLong;

/**
 * The failure of a publish whose {@link Condition} was not met. The message isn't stored.
 *
 * <p>{@link #reason()} is {@link PublishRefusedException.Reason#CONDITION_FAILED}.
 */
public final class ConditionFailedException extends PublishRefusedException {
  private static final long serialVersionUID = 1L;

  /** -1 if the key has no message. */
  private final long expectedOffset;

  /** -1 if the key has no message. */
  private final long foundOffset;

  /**
   * Creates an exception.
   *
   * @param expected the offset that the condition expects; empty if it expects no message
   * @param found the offset of the key's last message; empty if it has none
   */
  public ConditionFailedException(
      String topic, String key, OptionalLong expected, OptionalLong found) {
    super(
        Reason.CONDITION_FAILED,
        "a message for topic '%s' with key '%s' is not stored: its condition expects %s, and %s; read the key again and decide again"
            .formatted(
                topic,
                key,
                expected.isPresent()
                    ? "the last offset " + expected.getAsLong()
                    : "that the key has no message",
                found.isPresent()
                    ? "the last offset is " + found.getAsLong()
                    : "the key has no message"));
    this.expectedOffset = expected.orElse(-1);
    this.foundOffset = found.orElse(-1);
  }

  /** Returns the offset that the condition expects; empty if it expects no message. */
  public OptionalLong expectedOffset() {
    return optional(expectedOffset);
  }

  /**
   * Returns the offset of the key's last message when the condition was checked; empty if the key
   * had none.
   */
  public OptionalLong foundOffset() {
    return optional(foundOffset);
  }

  private static OptionalLong optional(long offset) {
    return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
  }
}
