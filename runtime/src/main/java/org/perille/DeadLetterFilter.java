package org.perille;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A filter of a subscription's dead letters, which match if all given properties do.
 *
 * <p><b>Threading</b>: immutable.
 */
public sealed interface DeadLetterFilter permits DeadLetterFilterValue {
  /** Matches all dead letters of the subscription. */
  static DeadLetterFilter all() {
    return DeadLetterFilterValue.ALL;
  }

  /** Matches this dead letter only. */
  static DeadLetterFilter only(DeadLetter letter) {
    return at(letter.partition(), letter.offset());
  }

  /** Matches the dead letter at this position only. */
  static DeadLetterFilter at(int partition, long offset) {
    return all().withPartition(partition).withOffset(offset);
  }

  /** Returns the partition of matching dead letters, if it matters. */
  OptionalInt partition();

  /** Returns the offset of matching dead letters, if it matters. */
  OptionalLong offset();

  /** Returns the key of matching dead letters, if it matters. */
  Optional<String> key();

  /** Returns the class of the last error of matching dead letters, if it matters. */
  Optional<String> error();

  /** Returns the reason of matching dead letters, if it matters. */
  Optional<DeadLetter.Reason> reason();

  /** Returns the failure of the last attempt of matching dead letters, if it matters. */
  Optional<DeadLetter.Failure> failure();

  /** Restricts the filter to a partition. */
  DeadLetterFilter withPartition(int number);

  /** Restricts the filter to an offset. */
  DeadLetterFilter withOffset(long position);

  /** Restricts the filter to a key. */
  DeadLetterFilter withKey(String name);

  /**
   * Restricts the filter to a class of the last error.
   *
   * @param className the fully qualified name
   */
  DeadLetterFilter withError(String className);

  /** Restricts the filter to a reason. */
  DeadLetterFilter withReason(DeadLetter.Reason given);

  /** Restricts the filter to a kind of failure of the last attempt. */
  DeadLetterFilter withFailure(DeadLetter.Failure given);

  /** Returns whether a dead letter matches. */
  default boolean matches(DeadLetter letter) {
    return (partition().isEmpty() || partition().getAsInt() == letter.partition())
        && (offset().isEmpty() || offset().getAsLong() == letter.offset())
        && (key().isEmpty() || key().get().equals(letter.key()))
        && (error().isEmpty() || error().equals(letter.error()))
        && (reason().isEmpty() || reason().get() == letter.reason())
        && (failure().isEmpty() || failure().get() == letter.failure());
  }
}
