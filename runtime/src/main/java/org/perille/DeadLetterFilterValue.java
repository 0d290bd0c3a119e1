package org.perille;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The components of {@link DeadLetterFilter}. A public record could not get further ones. */
record DeadLetterFilterValue(
    OptionalInt partition,
    OptionalLong offset,
    Optional<String> key,
    Optional<String> error,
    Optional<DeadLetter.Reason> reason,
    Optional<DeadLetter.Failure> failure)
    implements DeadLetterFilter {
  static final DeadLetterFilter ALL =
      new DeadLetterFilterValue(
          OptionalInt.empty(),
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  @Override
  public DeadLetterFilter withPartition(int number) {
    return new DeadLetterFilterValue(OptionalInt.of(number), offset, key, error, reason, failure);
  }

  @Override
  public DeadLetterFilter withOffset(long position) {
    return new DeadLetterFilterValue(
        partition, OptionalLong.of(position), key, error, reason, failure);
  }

  @Override
  public DeadLetterFilter withKey(String name) {
    return new DeadLetterFilterValue(partition, offset, Optional.of(name), error, reason, failure);
  }

  @Override
  public DeadLetterFilter withError(String className) {
    return new DeadLetterFilterValue(
        partition, offset, key, Optional.of(className), reason, failure);
  }

  @Override
  public DeadLetterFilter withReason(DeadLetter.Reason given) {
    return new DeadLetterFilterValue(partition, offset, key, error, Optional.of(given), failure);
  }

  @Override
  public DeadLetterFilter withFailure(DeadLetter.Failure given) {
    return new DeadLetterFilterValue(partition, offset, key, error, reason, Optional.of(given));
  }

  @Override
  public String toString() {
    return Stream.of(
            named(
                "partition",
                partition.isPresent() ? Optional.of(partition.getAsInt()) : Optional.empty()),
            named(
                "offset", offset.isPresent() ? Optional.of(offset.getAsLong()) : Optional.empty()),
            named("key", key),
            named("error", error),
            named("reason", reason),
            named("failure", failure))
        .flatMap(Optional::stream)
        .collect(Collectors.joining(", ", "filter(", ")"));
  }

  private static Optional<String> named(String name, Optional<?> value) {
    return value.map(given -> name + " " + given);
  }
}
