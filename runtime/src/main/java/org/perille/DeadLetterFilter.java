package org.perille;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Which dead letters of a subscription are meant: those that everything given is true of.
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

  /** All dead letters of the subscription. */
  public static DeadLetterFilter all() {
    return ALL;
  }

  /** This one. */
  public static DeadLetterFilter only(DeadLetter letter) {
    return at(letter.partition(), letter.offset());
  }

  /** The one at this position. */
  public static DeadLetterFilter at(int partition, long offset) {
    return new DeadLetterFilter(
        OptionalInt.of(partition),
        OptionalLong.of(offset),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Those of a partition, too. */
  public DeadLetterFilter withPartition(int number) {
    return new DeadLetterFilter(OptionalInt.of(number), offset, key, error, reason, failure);
  }

  /** Those of a key, too. */
  public DeadLetterFilter withKey(String name) {
    return new DeadLetterFilter(
        partition, offset, Optional.of(Objects.requireNonNull(name)), error, reason, failure);
  }

  /** Those whose last error was of this class, too; its full name. */
  public DeadLetterFilter withError(String className) {
    return new DeadLetterFilter(
        partition, offset, key, Optional.of(Objects.requireNonNull(className)), reason, failure);
  }

  /** Those that were given up for this reason, too. */
  public DeadLetterFilter withReason(DeadLetter.Reason given) {
    return new DeadLetterFilter(
        partition, offset, key, error, Optional.of(Objects.requireNonNull(given)), failure);
  }

  /** Those whose last attempt failed of this, too. */
  public DeadLetterFilter withFailure(DeadLetter.Failure given) {
    return new DeadLetterFilter(
        partition, offset, key, error, reason, Optional.of(Objects.requireNonNull(given)));
  }

  /** Whether a dead letter is meant. */
  public boolean matches(DeadLetter letter) {
    return (partition.isEmpty() || partition.getAsInt() == letter.partition())
        && (offset.isEmpty() || offset.getAsLong() == letter.offset())
        && (key.isEmpty() || key.get().equals(letter.key()))
        && (error.isEmpty() || error.get().equals(letter.error()))
        && (reason.isEmpty() || reason.get() == letter.reason())
        && (failure.isEmpty() || failure.get() == letter.failure());
  }
}
