package org.perille;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A filter of a subscription's dead letters, which match if all given properties do.
 *
 * <p><b>Threading</b>: immutable.
 */
public record DeadLetterFilter(
    OptionalInt partition,
    OptionalLong offset,
    Optional<String> key,
    Optional<String> error,
    Optional<DeadLetter.Reason> reason,
    Optional<DeadLetter.Failure> failure) {

  private static final DeadLetterFilter ALL =
      new DeadLetterFilter(
          OptionalInt.empty(),
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** Matches all dead letters of the subscription. */
  public static DeadLetterFilter all() {
    return ALL;
  }

  /** Matches this dead letter only. */
  public static DeadLetterFilter only(DeadLetter letter) {
    return at(letter.partition(), letter.offset());
  }

  /** Matches the dead letter at this position only. */
  public static DeadLetterFilter at(int partition, long offset) {
    return new DeadLetterFilter(
        OptionalInt.of(partition),
        OptionalLong.of(offset),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Restricts the filter to a partition. */
  public DeadLetterFilter withPartition(int number) {
    return new DeadLetterFilter(OptionalInt.of(number), offset, key, error, reason, failure);
  }

  /** Restricts the filter to a key. */
  public DeadLetterFilter withKey(String name) {
    return new DeadLetterFilter(
        partition, offset, Optional.of(Objects.requireNonNull(name)), error, reason, failure);
  }

  /**
   * Restricts the filter to a class of the last error.
   *
   * @param className the fully qualified name
   */
  public DeadLetterFilter withError(String className) {
    return new DeadLetterFilter(
        partition, offset, key, Optional.of(Objects.requireNonNull(className)), reason, failure);
  }

  /** Restricts the filter to a reason. */
  public DeadLetterFilter withReason(DeadLetter.Reason given) {
    return new DeadLetterFilter(
        partition, offset, key, error, Optional.of(Objects.requireNonNull(given)), failure);
  }

  /** Restricts the filter to a kind of failure of the last attempt. */
  public DeadLetterFilter withFailure(DeadLetter.Failure given) {
    return new DeadLetterFilter(
        partition, offset, key, error, reason, Optional.of(Objects.requireNonNull(given)));
  }

  /** Returns whether a dead letter matches. */
  public boolean matches(DeadLetter letter) {
    return (partition.isEmpty() || partition.getAsInt() == letter.partition())
        && (offset.isEmpty() || offset.getAsLong() == letter.offset())
        && (key.isEmpty() || key.get().equals(letter.key()))
        && (error.isEmpty() || error.equals(letter.error()))
        && (reason.isEmpty() || reason.get() == letter.reason())
        && (failure.isEmpty() || failure.get() == letter.failure());
  }
}
