package org.perille;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/** The components of {@link Limits}. A public record could not get further ones. */
record LimitsValue(
    OptionalDouble ratePerNode,
    OptionalDouble rateInCluster,
    OptionalInt concurrencyPerNode,
    OptionalInt concurrencyInCluster)
    implements Limits {
  static final Limits NONE =
      new LimitsValue(
          OptionalDouble.empty(), OptionalDouble.empty(), OptionalInt.empty(), OptionalInt.empty());

  LimitsValue {
    requireRate(ratePerNode);
    requireRate(rateInCluster);
    requireConcurrency(concurrencyPerNode);
    requireConcurrency(concurrencyInCluster);
  }

  @Override
  public Limits withRatePerNode(double messagesPerSecond) {
    return new LimitsValue(
        OptionalDouble.of(messagesPerSecond),
        rateInCluster,
        concurrencyPerNode,
        concurrencyInCluster);
  }

  @Override
  public Limits withRateInCluster(double messagesPerSecond) {
    return new LimitsValue(
        ratePerNode,
        OptionalDouble.of(messagesPerSecond),
        concurrencyPerNode,
        concurrencyInCluster);
  }

  @Override
  public Limits withConcurrencyPerNode(int handlers) {
    return new LimitsValue(
        ratePerNode, rateInCluster, OptionalInt.of(handlers), concurrencyInCluster);
  }

  @Override
  public Limits withConcurrencyInCluster(int handlers) {
    return new LimitsValue(
        ratePerNode, rateInCluster, concurrencyPerNode, OptionalInt.of(handlers));
  }

  private static void requireRate(OptionalDouble rate) {
    if (rate.isPresent() && !(rate.getAsDouble() >= 0.001 && rate.getAsDouble() <= 10_000_000)) {
      throw new IllegalArgumentException(
          "%s messages per second is not a limit: use 0.001 to 10000000"
              .formatted(rate.getAsDouble()));
    }
  }

  private static void requireConcurrency(OptionalInt handlers) {
    if (handlers.isPresent() && (handlers.getAsInt() < 1 || handlers.getAsInt() > 1_000_000)) {
      throw new IllegalArgumentException(
          "%d concurrent handlers is not a limit: use 1 to 1000000".formatted(handlers.getAsInt()));
    }
  }
}
