package org.perille;

import java.util.Objects;

/**
 * The id of a message: an idempotency key within its topic and key.
 *
 * <p>A publisher chooses ids with {@link #of}. Messages that a handler publishes have ids that are
 * derived from the handled message, and may be longer.
 *
 * <p><b>Threading</b>: immutable.
 */
public final class MessageId {
  /**
   * The maximum length of a publisher's id in characters. Each id in the dedup window occupies
   * memory.
   */
  public static final int MAX_LENGTH = 200;

  private final String value;

  private MessageId(String value) {
    this.value = Objects.requireNonNull(value, "value");
  }

  /**
   * Returns a publisher's id.
   *
   * @param value 1 to {@value #MAX_LENGTH} characters
   * @throws IllegalArgumentException if it is null, empty or too long
   */
  public static MessageId of(String value) {
    if (value == null || value.isEmpty() || value.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "message id %s is not valid: use 1 to %d characters"
              .formatted(
                  value == null ? "null" : "of " + value.length() + " characters", MAX_LENGTH));
    }
    return new MessageId(value);
  }

  /**
   * Returns the id of a stored message, which may be a derived one of any length.
   *
   * <p>Publishing under an id that is longer than {@value #MAX_LENGTH} characters is refused.
   *
   * @throws IllegalArgumentException if it is empty
   */
  public static MessageId ofStored(String value) {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("an empty message id is not valid");
    }
    return new MessageId(value);
  }

  /** Returns the id as text. */
  public String value() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MessageId id && value.equals(id.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /** Returns the id as text, like {@link #value}. */
  @Override
  public String toString() {
    return value;
  }
}
